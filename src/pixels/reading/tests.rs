//! What follows from words, with a reader that says what a test tells it.

use super::*;
use crate::pixels::{Picture, Samples};

/// Says the same of every crop, over the whole of it or a part.
#[derive(Debug)]
struct Says(&'static str, u8, bool);

impl Reader for Says {
    fn read(&self, crop: &Crop) -> Result<Vec<Word>, Unseen> {
        if self.1 == 0 {
            return Err(Unseen::damaged("no answer"));
        }
        let (width, height) = (crop.width() as u32, crop.height() as u32);
        let area = Area::new(0, 0, if self.2 { width } else { width / 3 }, height);
        let word = |text: &str| Word { text: Identifier::from(text), confidence: self.1, area };
        Ok(self.0.split_whitespace().map(word).collect())
    }
}

struct Film(u32);

impl Frames for Film {
    fn count(&self) -> u32 {
        self.0
    }

    fn frame(&mut self, _: u32) -> Result<Picture, Unseen> {
        let px = (0..100 * 60u32).map(|at| if at % 3 == 0 { 240 } else { 10 }).collect();
        Picture::new(100, 60, 1, 8, Samples::U8(px)).ok_or_else(|| Unseen::damaged("no picture"))
    }
}

fn read_as(says: Says, class: Class, action: Action, frames: u32) -> Option<(Class, Action)> {
    let mark = Mark { frame: 0, area: Area::new(10, 10, 60, 14), class, score: 4.0, action };
    let mut seen = Examination { frames, looked: true, marks: vec![mark], everywhere: Vec::new() };
    let asked = Asked::new(&[Identifier::from("KANARIO^ZELDA"), Identifier::from("778154")], &["Bucky".to_owned()]);
    read(&mut seen, &mut Film(frames), &says, &asked).ok()?;
    Some((seen.marks[0].class, seen.marks[0].action))
}

#[test]
fn terms_stay_known_identifiers_go_and_all_else_is_left_as_the_detector_says() {
    use Action::{Cover, Flag, Keep, Look};
    use Class::{Band, Block, Face, FigureMark, Line, Marker, Pair, Term};
    let all = |text, sure| Says(text, sure, true);
    let cases = [
        (all("ERECT", 96), Line, Cover, 1, Some((Term, Keep))),
        (all("80 kV", 96), Pair, Look, 1, Some((Term, Keep))),
        (all("bucky", 96), Line, Cover, 1, Some((Term, Keep))),
        (all("ERECT", 84), Line, Cover, 1, Some((Line, Cover))),
        (all("ERECT SMITH", 96), Line, Cover, 1, Some((Line, Cover))),
        (all("80", 96), Pair, Cover, 1, Some((Pair, Cover))),
        (all("", 96), Line, Cover, 1, Some((Line, Cover))),
        (Says("ERECT", 96, false), Line, Cover, 1, Some((Line, Cover))),
        (all("ERECT", 96), Line, Cover, 2, Some((Line, Cover))),
        (all("ERECT", 96), Block, Cover, 1, Some((Block, Cover))),
        (all("ERECT", 96), Band, Cover, 1, Some((Band, Cover))),
        (all("KANARIO", 96), Line, Cover, 1, Some((Line, Cover))),
        (all("KANARIO", 30), Marker, Keep, 1, Some((Line, Cover))),
        (all("ERECT Zelda", 96), FigureMark, Keep, 1, Some((Line, Cover))),
        (all("77 81 54", 96), Pair, Look, 1, Some((Line, Cover))),
        (all("77 81 54", 96), Pair, Look, 5, Some((Line, Cover))),
        (all("KANARIO", 96), Face, Flag, 1, Some((Face, Flag))),
        (all("L", 96), Marker, Keep, 1, Some((Marker, Keep))),
        (all("SMITH", 96), Pair, Look, 1, Some((Pair, Look))),
        (all("ERECT", 0), Line, Cover, 1, None),
    ];
    let mut tried = 0;
    for (says, class, action, frames, expected) in cases {
        let what = format!("{says:?} {class:?} {action:?} {frames}");
        assert_eq!(read_as(says, class, action, frames), expected, "{what}");
        tried += 1;
    }
    assert_eq!(tried, 20);
}
