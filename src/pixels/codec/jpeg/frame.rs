//! The geometry of a frame: components, blocks and MCUs.
//!
//! ITU-T T.81, A.1.1 (dimensions and sampling factors), A.2 (order of blocks in scans with one component and with more).

use std::ops::Range;

/// A component of a frame.
#[derive(Debug, Clone)]
pub(super) struct Component {
    /// The name that scans call it by.
    pub(super) id: u8,
    /// Blocks of it across an MCU.
    pub(super) across: usize,
    /// Blocks of it down an MCU.
    pub(super) down: usize,
    /// Blocks across it where it has a scan of its own.
    pub(super) columns: usize,
    /// Blocks down it where it has a scan of its own.
    pub(super) rows: usize,
    /// Blocks across it in memory: whole MCUs.
    pub(super) wide: usize,
    /// Blocks down it in memory.
    pub(super) high: usize,
}

/// A frame.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) progressive: bool,
    /// Bits of a sample.
    pub(super) precision: u8,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) components: Vec<Component>,
    /// Pixels across an MCU.
    pub(super) mcu_width: usize,
    /// Pixels down an MCU.
    pub(super) mcu_height: usize,
    /// MCUs across the picture.
    pub(super) mcus_across: usize,
    /// MCUs down the picture.
    pub(super) mcus_down: usize,
}

/// One component of a scan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    /// Its place in the frame.
    pub(super) index: usize,
    /// Number of its DC table.
    pub(super) dc: usize,
    /// Number of its AC table.
    pub(super) ac: usize,
}

/// One scan.
#[derive(Debug, Clone)]
pub(super) struct Scan {
    /// Its components.
    pub(super) members: Vec<Member>,
    /// First and last coefficient, in zigzag order.
    pub(super) band: (usize, usize),
    /// The bit positions before and with it (successive approximation).
    pub(super) bits: (u32, u32),
    /// MCUs between restart markers; 0 where there are none.
    pub(super) restart: usize,
    /// Where each table stands in the stream: its counts and symbols; DC tables first.
    pub(super) tables: [Option<(usize, usize)>; 8],
    /// Its header, from the marker.
    pub(super) header: Range<usize>,
    /// Its coded data, restart markers included.
    pub(super) data: Range<usize>,
}

impl Frame {
    /// Reads a frame header; none where it makes no sense. A height of 0 is stated later.
    pub(super) fn read(data: &[u8], progressive: bool) -> Option<Self> {
        let &[precision, y1, y0, x1, x0, count, ref listed @ ..] = data else { return None };
        let (height, width) = (u16::from_be_bytes([y1, y0]).into(), u16::from_be_bytes([x1, x0]).into());
        let (1..=4, true) = (count, listed.len() == 3 * usize::from(count)) else { return None };
        let mut components: Vec<Component> = Vec::new();
        for entry in listed.chunks_exact(3) {
            let (id, across, down) = (entry[0], usize::from(entry[1] >> 4), usize::from(entry[1] & 15));
            let sound = (1..=4).contains(&across) && (1..=4).contains(&down);
            if !sound || width == 0 || components.iter().any(|component| component.id == id) {
                return None;
            }
            components.push(Component { id, across, down, columns: 0, rows: 0, wide: 0, high: 0 });
        }
        if let [only] = &mut components[..] {
            // Alone it is coded block by block, whatever its factors are (A.2.2).
            (only.across, only.down) = (1, 1);
        }
        let mut frame = Self {
            progressive,
            precision,
            width,
            height,
            components,
            mcu_width: 8,
            mcu_height: 8,
            mcus_across: 0,
            mcus_down: 0,
        };
        frame.lay_out();
        Some(frame)
    }

    /// Reckons blocks and MCUs from the size.
    pub(super) fn lay_out(&mut self) {
        let across = self.components.iter().map(|component| component.across).max().unwrap_or(1);
        let down = self.components.iter().map(|component| component.down).max().unwrap_or(1);
        (self.mcu_width, self.mcu_height) = (8 * across, 8 * down);
        self.mcus_across = self.width.div_ceil(self.mcu_width);
        self.mcus_down = self.height.div_ceil(self.mcu_height);
        for component in &mut self.components {
            component.columns = (self.width * component.across).div_ceil(across).div_ceil(8);
            component.rows = (self.height * component.down).div_ceil(down).div_ceil(8);
            component.wide = self.mcus_across * component.across;
            component.high = self.mcus_down * component.down;
        }
    }

    /// Blocks of all components in memory.
    pub(super) fn blocks(&self) -> u64 {
        self.components.iter().map(|component| (component.wide * component.high) as u64).sum()
    }

    /// Blocks that a scan visits.
    pub(super) fn blocks_of(&self, scan: &Scan) -> u64 {
        match &scan.members[..] {
            [only] => (self.components[only.index].columns * self.components[only.index].rows) as u64,
            several => several.iter().map(|m| &self.components[m.index]).map(|c| (c.wide * c.high) as u64).sum(),
        }
    }

    /// Goes through the blocks of a scan in the order in which they are coded.
    pub(super) fn walk<E>(&self, scan: &Scan, mut each: impl FnMut(Visit) -> Result<(), E>) -> Result<(), E> {
        let alone = match &scan.members[..] {
            [only] => Some(&self.components[only.index]),
            _ => None,
        };
        let (across, down) = alone.map_or((self.mcus_across, self.mcus_down), |c| (c.columns, c.rows));
        let mut left = scan.restart;
        let mut number = 0;
        for (row, column) in (0..down).flat_map(|row| (0..across).map(move |column| (row, column))) {
            if scan.restart > 0 {
                if left == 0 {
                    each(Visit::Restart(number))?;
                    (left, number) = (scan.restart, (number + 1) % 8);
                }
                left -= 1;
            }
            if let Some(component) = alone {
                each(Visit::Block { member: 0, block: row * component.wide + column })?;
                continue;
            }
            for (member, component) in scan.members.iter().map(|m| &self.components[m.index]).enumerate() {
                for y in row * component.down..(row + 1) * component.down {
                    for x in column * component.across..(column + 1) * component.across {
                        each(Visit::Block { member, block: y * component.wide + x })?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// What a scan comes upon.
pub(super) enum Visit {
    /// A restart marker with this number.
    Restart(u8),
    /// A block.
    Block {
        /// Place of its component in the scan.
        member: usize,
        /// Its number in its component, row by row.
        block: usize,
    },
}
