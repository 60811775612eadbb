//! Every threshold of the detector of writing, with its value and the reason for it.
//!
//! Sizes are in pixels of the level at hand unless said otherwise; grey values are those of a plane of 8 bits.

macro_rules! thresholds {
    ($($name:ident: $kind:ty = $value:expr, $why:literal;)+) => {
        $(#[doc = $why] pub(super) const $name: $kind = $value;)+

        /// Every threshold: its name, its value, and why it is what it is.
        #[cfg(test)]
        pub(super) const TABLE: &[(&str, f64, &str)] = &[$((stringify!($name), $value as f64, $why)),+];
    };
}

thresholds! {
    MOST_PIXELS: f64 = 8e6, "larger pictures are looked at smaller, so that time and memory stay bounded";
    WINDOW_TAIL: f64 = 0.001, "share of pixels left out at each end of the window";
    INNER_LOW: f64 = 0.01, "lower end of the inner window, which bright writing does not widen";
    INNER_HIGH: f64 = 0.97, "upper end of the inner window";
    WIDER: f64 = 1.15, "the whole range is looked at too where it is so much wider than the window";
    NARROWER: f64 = 0.45, "the inner window is looked at too where it is so much narrower than the window";
    COLOURED: u32 = 60, "difference of channels, of 255, from which a pixel counts as coloured";
    COLOURED_SHARE: f64 = 0.0003, "share of coloured pixels from which colour is looked at: a line of small writing";
    NOISE_BLOCK: usize = 48, "side of the blocks that noise is measured in";
    LEAST_HAT: f32 = 12.0, "a hat below this is not seen by eye either";
    NOISES: f32 = 4.0, "of pure noise one pixel in ten thousand reaches so many deviations";
    LEAST_GLYPH: f32 = 5.0, "the smallest letters that can be read are five pixels high";
    LEAST_GLYPH_COARSE: f32 = 6.0, "smaller ones are seen at the level above";
    MOST_GLYPH: f32 = 120.0, "eight squares: strokes are an eighth of the height or more";
    LONGEST: f32 = 14.0, "length by width of a bar, or of a small word whose letters touch";
    LEAST_FILL: f32 = 0.1, "thin slanting lines fill less of their box than letters";
    LEAST_LIKENESS: f32 = 0.04, "parts below this are left out at once";
    THINNEST: f32 = 0.02, "stroke by height of the thinnest fonts";
    THICKEST: f32 = 0.5, "stroke by height of the boldest fonts";
    SOFT: f32 = 0.22, "edges of anatomy rise no faster over two pixels, in parts of the contrast";
    SHARP: f32 = 0.55, "edges of writing rise as fast";
    UNEVEN: f32 = 0.75, "deviation of the stroke's width, in parts of it, that no font has";
    EVEN: f32 = 0.35, "deviation that fonts have";
    MOTTLED: f32 = 0.4, "deviation of the value along a stroke, in parts of the contrast, that no writing has";
    FLAT: f32 = 0.12, "deviation that writing has after compression";
    UNCLEAR: f32 = 5.0, "contrast in deviations of the noise that noise itself reaches";
    CLEAR: f32 = 14.0, "contrast in deviations of the noise that is beyond doubt";
    FAINT: f32 = 8.0, "contrast of the faintest writing";
    STRONG: f32 = 40.0, "contrast beyond doubt";
    MOST_GLYPHS: usize = 4000, "glyphs of a level that are joined to lines, the likeliest first, so that no picture takes long";
    GAP: f32 = 1.3, "gap between glyphs of a line, in heights: a space between words";
    OVERLAP: f32 = 0.55, "part of the smaller glyph's height that neighbours share";
    HEIGHTS: f32 = 2.2, "height of a capital by that of a small letter";
    STROKES: f32 = 2.2, "stroke widths in one line differ by less";
    VALUES: f32 = 0.4, "grey values in one line differ by less, in parts of the contrast";
    CONTRASTS: f32 = 2.2, "contrasts in one line differ by less";
    LIKE: f32 = 0.5, "likeness of a glyph that may be writing";
    VERY_LIKE: f32 = 0.85, "likeness of a glyph that hardly anything else has";
    MOST_LETTERS: f32 = 8.0, "more letters make nothing surer";
    STRONG_BONUS: f32 = 1.0, "for sharp, even, flat glyphs far above the noise";
    FLAT_BONUS: f32 = 0.5, "for a value that does not vary along the stroke: burned in, or lead";
    SEEN_BONUS: f32 = 0.4, "for each further level, plane or polarity that shows it";
    UPRIGHT: f32 = 0.6, "lines that run down are rare, and stacked lines look like them";
    LEAST_SCORE: f32 = 0.7, "below this nothing is kept";
    MOST_CANDIDATES: usize = 2000, "candidates of a picture that are compared, the surest first";
    SAME: f32 = 0.3, "part of the smaller box that two sightings of the same writing share";
    SAME_HEIGHT: f32 = 3.0, "heights of two sightings differ by less";
    WIDENS: f32 = 0.4, "a sighting as sure as this, in parts of the surest, widens its box";
    MARGIN: f32 = 0.2, "part of width and height along each edge in which writing is expected";
    COVER: f32 = 3.0, "score from which writing in the margin is covered";
    COVER_IN_MIDDLE: f32 = 9.0, "score from which writing in the middle is covered";
    LOOK: f32 = 2.2, "score from which a person is asked";
    LOOK_IN_MIDDLE: f32 = 5.0, "score from which a person is asked about the middle";
    EDGE_BONUS: f32 = 0.7, "for writing at the very edge, where four fifths of it are";
    EDGE: f32 = 0.04, "part of width or height that counts as the very edge";
    PAD: f32 = 0.42, "padding in heights of a letter; at least 0.3 is asked for";
    LEAST_PAD: f32 = 3.0, "padding in pixels at least";
    MOST_RINGS: usize = 200, "rings of a level that are looked into: more are texture";
    LEAST_RING: f32 = 14.0, "height of the smallest ring with a letter in it";
    RING_BONUS: f32 = 2.0, "for a letter in a ring, which nothing in anatomy looks like";
    CUT_HEIGHTS: f32 = 4.0, "heights of what is left of letters that the border cuts";
    ROUNDS: usize = 4, "letters beside a line that are taken in one after the other";
    BETWEEN_BONUS: f32 = 1.5, "for a letter between two lines of one column";
    INSIDE: f32 = 0.6, "part of a box in a surer one from which it says nothing of its own";
    MARKER: f32 = 1.8, "score from which a single letter counts as a side marker";
    LEAST_MARKER: f32 = 0.012, "height of the smallest side marker in parts of the picture's";
    MARKER_DEPTH: f32 = 0.36, "part of width or height from an edge in which side markers are placed";
    READ: f32 = 0.84, "likeness to L or R from which a glyph counts as one: other letters reach 0.84 at most where nothing but them is on the film";
    READ_WELL: f32 = 0.88, "likeness to D, I, S, X, N or a figure from which a glyph counts as one";
    LEAD: f32 = 0.02, "by so much more a glyph must be like a letter than like a figure, or the other way round";
    FIGURE: f32 = 2.4, "score from which a single figure in the margin is covered";
    MARKER_COVER: f32 = 2.6, "score from which a single letter is covered where markers are not kept";
    BESIDE_MARKER: f32 = 1.6, "score from which letters beside a marker count as initials";
    FIGURE_MARK: f32 = 3.0, "score from which a single letter or arrow in the middle is reported";
    PHOTO_LOOK: f32 = 6.0, "score from which writing in a photograph is put before a person";
    PHOTO_COVER: f32 = 9.0, "score from which writing at the edge of a photograph is a caption beyond doubt";
    BLOCK_LINES: usize = 3, "stacked lines that are covered as one block";
    INITIALS: f32 = 1.0, "distance of initials from their marker in its heights";
    LEAST_PADDING: f32 = 0.3, "padding in heights that stays where a cover is drawn back from the room around a marker";
    ALL_CUT: f32 = 1.0, "score that few glyphs lose where the border cuts them all: wires do that";
    DASH: f32 = 2.2, "width by height above which a glyph is a dash or a wire";
    DASH_COUNTS: f32 = 0.3, "what a dash counts for";
    BAR: f32 = 0.2, "width by height below which a glyph is a bar";
    BAR_COUNTS: f32 = 0.7, "what a bar counts for";
    ROOM: f32 = 0.3, "room around a marker in its heights that covers are drawn back from";
    READ_IN_RING: f32 = 0.72, "likeness to a drawn letter that is asked for in a ring, where letters may be tilted";
    UNDER_BONUS: f32 = 1.2, "for letters under or over a sure line: the lines of a column of writing";
    FILLS_RING: f32 = 0.8, "part of a ring's height that its letter does not reach; a halo lies closer";
    ALL_BARS: f32 = 0.6, "what is left of the score of a row of bars or dashes alone: clips, staples, ribs";
    WORST_LEAVES: f32 = 0.6, "what the worst of heights, strokes, values and feet leaves of the regularity at least";
    CROSSED: f32 = 0.35, "part of a line that runs down, or across, that lies in surer lines the other way: columns of letters of stacked lines";
    IN_LINES: f32 = 0.3, "part of a marker or of a doubt that lies in sure lines, from which it is only a part of them";
    WORD_GAP: f32 = 0.8, "gap in heights beyond which only glyphs of one height follow each other";
    CAPITALS: f32 = 1.25, "capitals of one line differ in height by less; a marker beside a line differs by more";
    ROW_SLACK: f32 = 0.15, "a dash or a dot lies between the head and the foot of its line, or by so many heights beyond";
    HIGHEST_IN_ROW: f32 = 1.5, "a piece in the row of a line is no higher than a letter with its accent, in heights";
    NEXT: f32 = 1.2, "gap in heights to the next piece of a line";
    FURTHER_ON: f32 = 4.0, "gap in heights after which a line may go on: a tabulator";
    LIKE_IN_CHAIN: f32 = 0.75, "likeness of pieces that are joined whatever their size";
    MOST_LINKS: usize = 400, "pieces that are compared for chains";
    CHAIN_GAP: f32 = 0.7, "gap between the pieces of a chain in heights of the taller: strokes that join leave little";
    CHAIN_DROP: f32 = 0.15, "an accent stands above or below its letter by no more of the taller";
    CHAIN_HEIGHTS: f32 = 5.0, "height of a letter by that of its dot";
    CHAIN_LINKS: usize = 3, "two pieces side by side are not a word yet";
    CHAIN_LENGTH: f32 = 1.8, "width by height of the shortest word";
    LINK_COUNTS: f32 = 0.35, "what each further piece of a chain counts for";
    MOST_OF_LINKS: f32 = 4.0, "more pieces make nothing surer";
    LARGE: f32 = 0.06, "height of letters in parts of the picture's above which ribs and clavicles look like them; writing on films was at most 6 % high";
    LARGE_COUNTS: f32 = 0.5, "what is left of the score of a line of so large glyphs that are not very like letters";
    BETWEEN_MARGIN: f32 = 0.1, "width of the strip inside the margin over which what is asked rises from the margin's to the middle's";
    LARGEST: f32 = 0.085, "height of letters in parts of the picture's that only bones have";
    LARGEST_COUNTS: f32 = 0.3, "what is left of the score of a line of bones";
    MANY: f32 = 8.0, "so many glyphs that are hardly like letters are texture";
    LIKE_OF_MANY: f32 = 0.45, "mean likeness below which many glyphs are texture";
    MANY_COUNT: f32 = 0.7, "what is left of the score of texture";
    ROUND: f32 = 0.85, "width by height from which a lone ring is an electrode, a screw or a wire rather than a nought";
    SURE_RING: f32 = 3.0, "score from which a letter in a ring is no part of a line";
    FUSED: f32 = 1.2, "width by height from which a lone glyph beside a marker is two letters that touch";
    SAME_SHAPE: f32 = 0.88, "likeness of two glyphs from which they are the same";
    REPEATED: usize = 4, "glyphs of one shape at equal distances from which they are no word";
    COMPLETES: f32 = 0.6, "a sighting so sure, in parts of the surest, that shows more of a line widens it";
    TOUCHES: f32 = 0.5, "gap in heights to a piece that reaches above or below its line";
    DOUBT: f32 = 1.3, "score from which a person looks at what stands close to covered writing";
    READ_AT_END: f32 = 0.85, "likeness of the second letter of DX and SN, which figures and most initials do not reach";
    END_LEAD: f32 = 0.05, "by so much more that letter is like X or N than like any figure";
}
