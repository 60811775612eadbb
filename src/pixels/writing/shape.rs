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
    /// A, P, H or F: how the patient lies, besides L and R.
    Lies,
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
    (Letter::Lies, [0b00100, 0b01010, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001]),
    (Letter::Lies, [0b01110, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001]),
    (Letter::Lies, [0b11110, 0b10001, 0b10001, 0b11110, 0b10000, 0b10000, 0b10000]),
    (Letter::Lies, [0b10001, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001]),
    (Letter::Lies, [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b10000]),
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
    /// The shape whose strokes run through these places, each in parts of the width and height, 0 to 1.
    pub(super) fn through(places: impl Iterator<Item = (f32, f32)>) -> Self {
        let cell = |part: f32, of: usize| ((part * of as f32).max(0.0) as usize).min(of - 1);
        Self(places.fold(0, |bits, (x, y)| bits | 1u128 << (cell(y, CELLS.1) * CELLS.0 + cell(x, CELLS.0))))
    }

    fn drawn(rows: &[u8; 7]) -> Self {
        let cells = (0..CELLS.0 * CELLS.1).map(|cell| (cell % CELLS.0, cell / CELLS.0));
        let on = cells.filter(|(x, y)| {
            let (column, row) = ((2 * x + 1) * DRAWN.0 / (2 * CELLS.0), (2 * y + 1) * DRAWN.1 / (2 * CELLS.1));
            rows.get(row).is_some_and(|bits| bits >> (DRAWN.0 - 1 - column) & 1 == 1)
        });
        Self(on.fold(0, |bits, (x, y)| bits | 1u128 << (y * CELLS.0 + x)))
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

    /// How much a shape is like a drawing, 0 to 1: the part of it that lies on the drawing, and the part of the drawing
    /// that it runs by.
    fn alike(self, drawn: Self) -> f32 {
        let part = |on: u128, of: u128| on.count_ones() as f32 / of.count_ones().max(1) as f32;
        let (on, near) = (part(self.0 & drawn.0, self.0), part(self.0 & drawn.widened(), self.0));
        0.25 * on + 0.25 * near + 0.5 * part(drawn.0 & self.widened(), drawn.0)
    }

    /// The same shape with its rows shifted, as a letter looks that leans by so many cells to one side.
    pub(super) fn leaning(self, by: i32) -> Self {
        if by == 0 {
            return self;
        }
        let cells = (0..CELLS.0 * CELLS.1).filter(|cell| self.0 >> cell & 1 == 1);
        let places = cells.map(|cell| {
            let (x, y) = ((cell % CELLS.0) as f32 + 0.5, (cell / CELLS.0) as f32 + 0.5);
            (x + by as f32 * (y / CELLS.1 as f32 - 0.5), y / CELLS.1 as f32)
        });
        let places: Vec<(f32, f32)> = places.collect();
        let least = places.iter().map(|place| place.0).fold(f32::MAX, f32::min);
        let most = places.iter().map(|place| place.0).fold(0.0, f32::max);
        let room = most - least;
        let across = |x: f32| if room > 0.0 { (x - least) / room } else { 0.5 };
        Self::through(places.iter().map(|(x, y)| (across(*x), *y)))
    }

    /// How much it is like another, 0 to 1.
    pub(super) fn likeness_to(self, other: Self) -> f32 {
        self.alike(other).min(other.alike(self))
    }

    /// How much it is like the best of the letters of a kind, 0 to 1.
    pub(super) fn likeness(self, letter: Letter) -> f32 {
        let of_kind = DRAWINGS.iter().filter(|(kind, _)| *kind == letter);
        of_kind.map(|(_, rows)| self.alike(Self::drawn(rows))).fold(0.0, f32::max)
    }
}
