//! The shape of a single glyph, read against drawn letters: whether it is a side marker's or a figure.
//!
//! Nothing else is read: what is written elsewhere is covered unread.

/// Columns and rows of the drawings.
const DRAWN: (usize, usize) = (5, 7);

/// Columns and rows that a glyph is brought to.
const CELLS: (usize, usize) = (8, 12);

/// What a glyph may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letter {
    /// L or R, as they are or as in a mirror.
    Side,
    /// D, I or S: right and left in the Romance languages and in Latin.
    LatinSide,
    /// X or N, the second letter of DX and SN.
    LatinEnd,
    /// A figure.
    Figure,
}

/// Letters and figures, drawn for this purpose; rows from the top, bits from the left.
const DRAWINGS: &[(Letter, [u8; 7])] = &[
    (Letter::Side, [0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b11111]),
    (Letter::Side, [0b00001, 0b00001, 0b00001, 0b00001, 0b00001, 0b00001, 0b11111]),
    (Letter::Side, [0b11110, 0b10001, 0b10001, 0b11110, 0b10100, 0b10010, 0b10001]),
    (Letter::Side, [0b01111, 0b10001, 0b10001, 0b01111, 0b00101, 0b01001, 0b10001]),
    (Letter::LatinSide, [0b11110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b11110]),
    (Letter::LatinSide, [0b01111, 0b10000, 0b10000, 0b01110, 0b00001, 0b00001, 0b11110]),
    (Letter::LatinSide, [0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b11111]),
    (Letter::LatinEnd, [0b10001, 0b10001, 0b01010, 0b00100, 0b01010, 0b10001, 0b10001]),
    (Letter::LatinEnd, [0b10001, 0b11001, 0b11001, 0b10101, 0b10011, 0b10011, 0b10001]),
    (Letter::Figure, [0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110]),
    (Letter::Figure, [0b00100, 0b01100, 0b10100, 0b00100, 0b00100, 0b00100, 0b11111]),
    (Letter::Figure, [0b00011, 0b00111, 0b01011, 0b10011, 0b00011, 0b00011, 0b00011]),
    (Letter::Figure, [0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111]),
    (Letter::Figure, [0b01110, 0b10001, 0b00001, 0b00110, 0b00001, 0b10001, 0b01110]),
    (Letter::Figure, [0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010]),
    (Letter::Figure, [0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110]),
    (Letter::Figure, [0b01110, 0b10000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110]),
    (Letter::Figure, [0b11111, 0b00001, 0b00010, 0b00010, 0b00100, 0b00100, 0b00100]),
    (Letter::Figure, [0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110]),
    (Letter::Figure, [0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00001, 0b01110]),
];

/// The cells of a glyph that are on, row by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Shape(u128);

impl Shape {
    /// Looks at the middle of each cell of a glyph `w` by `h` large.
    pub(super) fn of(w: usize, h: usize, is_on: impl Fn(usize, usize) -> bool) -> Self {
        let mut bits = 0;
        for cell in 0..CELLS.0 * CELLS.1 {
            let (column, row) = (cell % CELLS.0, cell / CELLS.0);
            let (x, y) = ((2 * column + 1) * w / (2 * CELLS.0), (2 * row + 1) * h / (2 * CELLS.1));
            if is_on(x.min(w.saturating_sub(1)), y.min(h.saturating_sub(1))) {
                bits |= 1u128 << cell;
            }
        }
        Self(bits)
    }

    fn drawn(rows: &[u8; 7]) -> Self {
        Self::of(DRAWN.0, DRAWN.1, |x, y| rows[y] >> (DRAWN.0 - 1 - x) & 1 == 1)
    }

    /// Its cells and those beside them.
    fn widened(self) -> u128 {
        let columns = |keep: fn(usize) -> bool| {
            (0..CELLS.0 * CELLS.1).filter(|cell| keep(cell % CELLS.0)).fold(0u128, |bits, cell| bits | 1 << cell)
        };
        let right = (self.0 << 1) & columns(|x| x != 0);
        let left = (self.0 >> 1) & columns(|x| x != CELLS.0 - 1);
        let whole = (1u128 << (CELLS.0 * CELLS.1)) - 1;
        (self.0 | right | left | self.0 << CELLS.0 | self.0 >> CELLS.0) & whole
    }

    /// How much two shapes are alike, 0 to 1: the part of the cells of each that lie on or beside a cell of the other.
    fn alike(self, other: Self) -> f32 {
        let near = (self.0 & other.widened()).count_ones() + (other.0 & self.widened()).count_ones();
        let exact = 2 * (self.0 & other.0).count_ones();
        let all = (self.0.count_ones() + other.0.count_ones()).max(1);
        (near + exact) as f32 / (2 * all) as f32
    }

    /// How much it is like the best of the letters of a kind, 0 to 1.
    pub(super) fn likeness(self, letter: Letter) -> f32 {
        let of_kind = DRAWINGS.iter().filter(|(kind, _)| *kind == letter);
        of_kind.map(|(_, rows)| self.alike(Self::drawn(rows))).fold(0.0, f32::max)
    }
}
