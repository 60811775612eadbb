//! Looks at every frame of a recording, and draws together what follows for the verdict and for the surgeon.
//!
//! Every frame is looked at by itself where all together have no more pixels than [`BOUNDS`] says. Of longer clips every frame
//! is looked at of which the margins are not those of one looked at before (`same`), up to a bound; where even those
//! are more, a person must look. All frames of such a clip besides pass through two pictures of the lightest and the darkest
//! that stood at each place in a run of frames (`fold`), where writing of any frame shows that stands in the middle. So time
//! and memory are bounded however many frames there are.
//!
//! GMC, *Making and using visual and audio recordings of patients*, paras 12, 17 and 23.

mod band;
mod captured;
mod colour;
mod examination;
mod fold;
mod ink;
mod memory;
mod motion;
mod same;
mod small;
mod stamp;
mod together;
mod under;
mod unstated;

use super::{Class, Frames, Ground, Mark, Picture, Rules, Unseen, face, writing};
use crate::crew;
use crate::finding::Action;
use crate::place::Area;
pub use examination::Examination;
use fold::Fold;
pub use memory::Memory;
use motion::Motion;
use same::Same;

/// Up to so many frames are looked at one by one, however large they are; of more, at least so many.
const EACH: u32 = 48;
/// How many pixels are looked at; a look takes 0.04 to 0.1 s for each million on one core.
const BOUNDS: Bounds = Bounds { each: 256_000_000, new: 4_096_000_000 };
/// More frames than this no recording has that is looked at here (an hour of ultrasound has some 100,000).
const MOST_FRAMES: u32 = 200_000;
/// The most looks for writing in one recording at frames that cannot be compared with others, since each has a size of its own.
const MOST_LOOKS: u32 = 2_000;
/// In how many frames a face is looked for: in radiographs, and in photographs.
const FACES: (u32, u32) = (2, 24);
/// From so many marks on those that say nothing new are left out.
const CROWDED: usize = 1_024;
/// More marks than this are not writing: a person must look.
const MOST_MARKS: usize = 4_096;

/// Who looks at a frame.
pub(crate) struct Detectors {
    pub(crate) writing: fn(&Picture, Ground, bool) -> Vec<Mark>,
    pub(crate) faces: fn(&Picture) -> Vec<Mark>,
    /// Whether what stands out in small pictures besides is put before a person.
    pub(crate) besides: bool,
}

/// Looks at every frame.
///
/// # Errors
/// An [`Unseen`] where a frame cannot be decoded, or where there are more than can be looked at: then nothing is known of the
/// recording.
pub fn examine(frames: &mut dyn Frames, rules: &Rules) -> Result<Examination, Unseen> {
    examine_again(frames, rules, &Memory::default())
}

/// The same, where frames that were looked at before are not looked at again.
///
/// # Errors
/// As [`examine`].
pub fn examine_again(frames: &mut dyn Frames, rules: &Rules, memory: &Memory) -> Result<Examination, Unseen> {
    let detectors = Detectors { writing: writing::find, faces: face::find, besides: true };
    examine_within(frames, rules, &detectors, &BOUNDS, memory)
}

/// How much is looked at.
struct Bounds {
    /// Every frame is, where all have together no more pixels than this.
    each: u64,
    /// Of others those with new margins are, up to so many pixels.
    new: u64,
}

fn examine_within(
    frames: &mut dyn Frames,
    rules: &Rules,
    detectors: &Detectors,
    bounds: &Bounds,
    memory: &Memory,
) -> Result<Examination, Unseen> {
    let count = frames.count();
    if count > MOST_FRAMES {
        return Err(Unseen::too_large("the recording has more frames than can be looked at"));
    }
    // Transparency stands behind the pictures that it belongs to.
    let all = count;
    let count = (0..all).take_while(|index| frames.transparency_of(*index).is_none()).count() as u32;
    let mut look = Look { alike: frames.alike(), ..Look::new(rules, detectors, (bounds, memory), count) };
    let mut seen = Examination { frames: count, looked: rules.look_for_writing, ..Examination::default() };
    let mut next = 0;
    while next < count {
        let part = next..next.saturating_add(look.at_once()).min(count);
        let pictures = frames.several(part.clone());
        let glances = crew::each(part.clone().zip(&pictures).collect(), |(index, picture)| {
            picture.as_ref().ok().map(|picture| look.glance(index, picture))
        });
        for ((index, picture), glance) in part.clone().zip(pictures).zip(glances) {
            let picture = picture?;
            if let Some(glance) = glance {
                look.frame(index, &picture, glance, &mut seen)?;
            }
        }
        next = part.end;
    }
    for index in count..all {
        let (of, picture) = (frames.transparency_of(index).unwrap_or(0), frames.frame(index)?);
        let hides = frames.hides(index);
        let beneath = if hides && look.asks_beneath(of) { Some(frames.frame(of)?) } else { None };
        look.transparency(of, &picture, hides, beneath.as_ref())?;
    }
    let many = !look.looks_at_each();
    look.end(&mut seen);
    look.motion.settle(&mut look.seen);
    let same_size = look.sizes.windows(2).all(|pair| pair[0] == pair[1]);
    band::lay(rules, &look.sizes, same_size, &mut seen);
    if look.left_out && !same_size {
        return Err(Unseen::too_large("the recording has more frames of different sizes than can be looked at"));
    }
    let needed = if rules.ground == Ground::Photograph { count / 2 + 1 } else { 2 };
    match same_size && count > 1 {
        true => together::draw(look.seen, needed, many, &mut seen),
        false => seen.marks.append(&mut look.seen),
    }
    // What was seen in several frames and is drawn together may have become thicker than writing is.
    if let (true, Some(size)) = (rules.ground != Ground::Radiograph && count > 1, look.sizes.first()) {
        seen.everywhere.iter_mut().for_each(|mark| *mark = unstated::no_thicker(*mark, *size));
    }
    if rules.cover_faces {
        seen.cover_faces(count > EACH, look.sizes.first().copied().unwrap_or_default());
    }
    seen.settle();
    Ok(seen)
}

/// What one frame shows, whatever others do.
struct Glance {
    faces: Vec<Mark>,
    /// Whether it is of somebody's face.
    portrait: bool,
    /// Its writing, where it is known that the frame is looked at for that.
    written: Option<Vec<Mark>>,
}

/// A look at a recording under way.
struct Look<'a> {
    rules: &'a Rules,
    detectors: &'a Detectors,
    bounds: &'a Bounds,
    memory: &'a Memory,
    count: u32,
    /// What is known of the frames before they are decoded.
    alike: Option<(u32, u32, u64)>,
    /// Looks at frames that are not like others, and pixels that were looked at.
    looks: u32,
    pixels: u64,
    /// Whether more frames were new than are looked at.
    over: bool,
    sizes: Vec<(u32, u32)>,
    fold: Fold,
    same: Same,
    motion: Motion,
    /// Whether a face was seen in the frame that is looked at.
    portrait: bool,
    /// Whether marks were left out of places where others say the same already.
    left_out: bool,
    seen: Vec<Mark>,
}

impl<'a> Look<'a> {
    fn new(rules: &'a Rules, detectors: &'a Detectors, (bounds, memory): (&'a Bounds, &'a Memory), count: u32) -> Self {
        let (sizes, seen) = (Vec::new(), Vec::new());
        let (fold, same, motion) = (Fold::of(count), Same::default(), Motion::of(count, rules.cine));
        Self {
            rules,
            detectors,
            bounds,
            memory,
            count,
            alike: None,
            looks: 0,
            pixels: 0,
            over: false,
            sizes,
            fold,
            same,
            motion,
            portrait: rules.portrait,
            left_out: false,
            seen,
        }
    }

    /// The size of the first frame, once it is known.
    fn size(&self) -> Option<(u32, u32)> {
        self.sizes.first().copied().or(self.alike.map(|(width, height, _)| (width, height)))
    }

    /// Whether every frame is looked at by itself; known once the first one's size is.
    fn looks_at_each(&self) -> bool {
        let pixels = self.size().map_or(0, |(width, height)| small::cost(width, height));
        self.count <= EACH || pixels.saturating_mul(u64::from(self.count)) <= self.bounds.each
    }

    /// How many frames from here on are decoded and looked at together.
    fn at_once(&self) -> u32 {
        self.alike.filter(|_| self.looks_at_each()).map_or(1, |(_, _, bytes)| crew::at_once(bytes))
    }

    fn glance(&self, index: u32, picture: &Picture) -> Glance {
        let faces = self.faces(index, picture);
        let portrait = self.rules.portrait || faces.iter().any(|mark| mark.class != Class::PerhapsFace);
        let looks = self.rules.look_for_writing && self.size().is_some() && self.looks_at_each();
        Glance { faces, portrait, written: looks.then(|| self.written(picture, portrait)) }
    }

    fn frame(
        &mut self,
        index: u32,
        picture: &Picture,
        Glance { faces, portrait, written }: Glance,
        out: &mut Examination,
    ) -> Result<(), Unseen> {
        self.sizes.push((picture.width(), picture.height()));
        self.portrait = portrait;
        if self.rules.look_for_writing {
            let many = !self.looks_at_each();
            let alike = self.sizes.first() == self.sizes.last();
            let folded = many && self.fold.take(picture);
            if !many && (alike || self.count <= EACH) {
                self.look(index, picture, written);
            } else if !folded {
                self.look_at_one_of_its_size(index, picture, written)?;
            } else {
                self.look_if_new(index, picture);
            }
            if many && self.fold.is_full(index) {
                for picture in self.fold.pictures() {
                    let standing = self.written(&picture, self.portrait);
                    out.everywhere.extend(standing.into_iter().map(|mark| Mark { frame: 0, ..mark }));
                }
            }
        }
        self.seen.extend(faces.into_iter().map(|mark| Mark { frame: index, ..mark }));
        self.motion.take(picture, &self.seen);
        self.check(out)
    }

    fn faces(&self, index: u32, picture: &Picture) -> Vec<Mark> {
        if !self.rules.look_for_faces || !self.is_for_faces(index) || !self.may_have_faces(picture) {
            return Vec::new();
        }
        let mut faces = (self.detectors.faces)(picture);
        // In a radiograph what may be a face is bone.
        faces.retain(|mark| self.rules.ground != Ground::Radiograph || mark.class != Class::PerhapsFace);
        faces
    }

    fn check(&self, out: &Examination) -> Result<(), Unseen> {
        if self.seen.len().max(out.everywhere.len()) > MOST_MARKS {
            return Err(Unseen::too_large("the recording holds more that looks like writing than can be dealt with"));
        }
        Ok(())
    }

    /// Takes the writing of a frame, which is looked at now where it was not yet.
    fn look(&mut self, index: u32, picture: &Picture, written: Option<Vec<Mark>>) {
        for mark in written.unwrap_or_else(|| self.written(picture, self.portrait)) {
            if self.seen.len() > CROWDED && self.stands(&mark) {
                self.left_out = true;
            } else {
                self.seen.push(Mark { frame: index, ..mark });
            }
        }
    }

    /// Whether marks in several frames say already of the place of this one what it says: of a radiograph's, that it stands in
    /// every frame.
    fn stands(&self, mark: &Mark) -> bool {
        let same = |other: &&Mark| {
            let holds = other.area.common(&mark.area) == Some(mark.area);
            holds
                && other.area.pixels() <= 2 * mark.area.pixels()
                && (other.action, other.class) == (mark.action, mark.class)
        };
        let mut frames: Vec<u32> = self.seen.iter().filter(same).map(|other| other.frame).take(8).collect();
        frames.dedup();
        self.rules.ground != Ground::Photograph && frames.len() > 2
    }

    fn look_at_one_of_its_size(
        &mut self,
        index: u32,
        picture: &Picture,
        written: Option<Vec<Mark>>,
    ) -> Result<(), Unseen> {
        self.looks += 1;
        if self.looks > MOST_LOOKS {
            return Err(Unseen::too_large("the recording has more frames of different sizes than can be looked at"));
        }
        self.look(index, picture, written);
        Ok(())
    }

    /// What one look at a frame finds, which is of somebody's face or not.
    fn written(&self, picture: &Picture, portrait: bool) -> Vec<Mark> {
        // A window of soft tissue makes writing of every edge; letters of slices are looked for by their values.
        let bare = (self.rules.slice && !picture.displays().is_empty()).then(|| picture.clone().displayed(Vec::new()));
        let picture = bare.as_ref().unwrap_or(picture);
        let ground = captured::ground(picture, self.rules.ground, portrait);
        let keep = self.rules.keep_markers;
        let marks = match small::is_small(picture.width(), picture.height()) {
            true => small::marks(picture, &Rules { ground, ..self.rules.clone() }, self.detectors),
            false => self.memory.recall(picture, (ground, keep), || (self.detectors.writing)(picture, ground, keep)),
        };
        // Nobody said that it is an X-ray: it only looks like one.
        let marks = match (self.rules.ground, ground) {
            (Ground::Photograph | Ground::Capture, Ground::Radiograph) => {
                unstated::doubted(picture, marks, &self.rules.filled)
            }
            (Ground::Photograph, Ground::Photograph) if !small::is_small(picture.width(), picture.height()) => {
                let stamps = stamp::rows(picture, &marks, |colour| {
                    (self.detectors.writing)(colour, Ground::Radiograph, self.rules.keep_markers)
                });
                marks.into_iter().chain(stamps).collect()
            }
            _ => marks,
        };
        match (self.rules.slice, self.rules.lossy) {
            (true, true) => marks.into_iter().map(|mark| ink::no_thicker(picture, mark)).collect(),
            (true, false) => ink::of(picture, marks, |letters| {
                (self.detectors.writing)(letters, Ground::Radiograph, self.rules.keep_markers)
            }),
            (false, _) => marks,
        }
    }

    /// Looks at a frame of a long clip if its margins have not been seen, and at some in any case.
    fn look_if_new(&mut self, index: u32, picture: &Picture) {
        let known = self.same.knows(picture);
        if known && !index.is_multiple_of(self.count.div_ceil(EACH).max(1)) {
            return;
        }
        self.pixels = self.pixels.saturating_add(small::cost(picture.width(), picture.height()));
        if self.pixels > self.bounds.new {
            self.over |= !known;
            return;
        }
        self.look(index, picture, None);
    }

    /// Whether there is something in a frame of which it matters what its transparency hides. Of a moving picture what is
    /// see-through in one frame may be shown by another.
    fn asks_beneath(&self, of: u32) -> bool {
        let open = |mark: &Mark| mark.frame == of && matches!(mark.action, Action::Look | Action::Flag);
        self.count == 1 && self.rules.look_for_writing && self.seen.iter().any(open)
    }

    /// Looks at the transparency of a frame, or at another channel of it, which hides nothing; `beneath` is the frame.
    fn transparency(
        &mut self,
        of: u32,
        picture: &Picture,
        hides: bool,
        beneath: Option<&Picture>,
    ) -> Result<(), Unseen> {
        if !self.rules.look_for_writing {
            return Ok(());
        }
        if hides {
            under::cover_hidden((picture, beneath), of, self.count > 1, &mut self.seen);
        }
        let mut found = self.written(picture, self.portrait);
        if self.rules.look_for_faces && self.is_for_faces(of) && self.may_have_faces(picture) {
            found.extend((self.detectors.faces)(picture));
        }
        under::take(found, of, &mut self.seen);
        self.check(&Examination::default())
    }

    /// Says that a person must look where not every new frame was looked at.
    fn end(&self, out: &mut Examination) {
        if let (true, Some((width, height))) = (self.over, self.sizes.first()) {
            let area = Area::new(0, 0, *width, *height);
            out.everywhere.push(Mark { frame: 0, area, class: Class::Band, score: 0.0, action: Action::Look });
        }
    }

    /// Whether there may be a face in a frame by what it is of.
    fn may_have_faces(&self, picture: &Picture) -> bool {
        self.rules.look_for_grey_faces || colour::shows(picture)
    }

    /// Whoever covers faces looks at every frame that is looked at at all.
    fn is_for_faces(&self, index: u32) -> bool {
        let most = match (self.rules.cover_faces, self.rules.ground) {
            (true, _) => EACH,
            (false, Ground::Radiograph) => FACES.0,
            (false, Ground::Photograph | Ground::Capture) => FACES.1,
        };
        index.is_multiple_of(self.count.div_ceil(most).max(1))
    }
}

#[cfg(test)]
mod tests;
