//! What identifies by its form, whatever it says: dates and times, long numbers, telephone numbers, ages, mail and web
//! addresses, UIDs, and names behind titles.
//!
//! PS3.15 E.3.5; 45 CFR 164.514(b)(2) for the kinds. Each rule marks chunks, the runs of letters and digits that a text is
//! made of; too much is marked rather than too little.

/// A run of letters and digits, and how it is joined to the one before.
pub(super) struct Chunk<'t> {
    /// As it stands.
    pub(super) text: &'t str,
    /// What stands between the chunk before and this one.
    pub(super) gap: &'t str,
    /// In small plain letters.
    pub(super) folded: String,
    /// Whether it goes.
    pub(super) gone: bool,
}

impl Chunk<'_> {
    /// Whether it is digits alone.
    pub(super) fn is_number(&self) -> bool {
        self.text.bytes().all(|b| b.is_ascii_digit())
    }

    /// The figures that it ends with, or begins with: a word may be glued to a day.
    pub(super) fn figures(&self, at_end: bool) -> &str {
        let is_no_digit = |c: char| !c.is_ascii_digit();
        match at_end {
            true => self.text.rsplit(is_no_digit).next().unwrap_or_default(),
            false => self.text.split(is_no_digit).next().unwrap_or_default(),
        }
    }
}

/// Names of months and their short forms, in the languages of the vocabulary; as they are folded.
const MONTHS: &str = "january jan february feb march mar april apr may june jun july jul august aug september sep sept october \
    oct november nov december dec januar jaenner februar marz maerz mai juni juli oktober okt dezember dez janvier janv fevrier \
    fevr mars avril avr juin juillet juil aout septembre octobre novembre decembre enero ene febrero marzo abril abr mayo junio \
    julio agosto ago septiembre octubre noviembre diciembre dic gennaio gen febbraio aprile maggio mag giugno giu luglio lug \
    settembre ottobre ott dicembre janeiro fevereiro fev marco maio junho julho setembro outubro out novembro dezembro";
/// Words that a number beside them makes an age.
const AGES: &str = "y yo yr yrs year years yrsold j jahre jahr jahrig jaehrig ans ano anos anni aged age alter edad eta idade \
    month months monate mois meses mesi";
/// Words that the number of a person, a case or a place stands behind.
const NUMBERED: &str = "id mrn pid no nr num number nummer numero case fall patient pat paciente room bed ward tel phone fax acc \
    accession study exam order";
/// Titles, as they are folded; those that are modalities too count only as people write titles.
const TITLES: &str = "dr dra drs doctor doktor docteur dott prof professor mr mrs ms miss mister herr frau mme mlle monsieur madame \
    sra srta senor senora sig signora dhr mevr";

fn is_among(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|w| w == word)
}

/// Marks all that identifies by its form.
pub(super) fn mark(chunks: &mut [Chunk<'_>]) {
    numbers(chunks);
    groups(chunks);
    for at in 0..chunks.len() {
        days(chunks, at);
        month(chunks, at);
        age(chunks, at);
        title(chunks, at);
        numbered(chunks, at);
        initials(chunks, at);
    }
    addresses(chunks);
}

/// Five digits and more, digits of other scripts, years; also where they are glued to a word, unless it is a matrix or the
/// b-value of diffusion.
fn numbers(chunks: &mut [Chunk<'_>]) {
    for chunk in chunks {
        let runs = || chunk.text.split(|c: char| !c.is_numeric()).filter(|run| !run.is_empty());
        let longest = runs().map(|run| run.chars().count()).max().unwrap_or(0);
        let foreign = chunk.text.chars().any(|c| c.is_numeric() && !c.is_ascii());
        let matrix = chunk.text.split(['x', 'X']).all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
        let measured = matrix && !chunk.is_number()
            || chunk.text.strip_prefix('b').is_some_and(|n| n.ends_with("00") || n.ends_with("50"));
        let year = !measured && runs().any(|run| run.len() == 4 && run.parse().is_ok_and(is_year));
        chunk.gone |= longest >= 5 || foreign || year;
    }
}

fn is_year(number: u32) -> bool {
    (1880..=2099).contains(&number)
}

/// Groups of digits that are seven together, as telephone and health service numbers are written; UIDs.
fn groups(chunks: &mut [Chunk<'_>]) {
    let mut start = 0;
    while start < chunks.len() {
        let mut end = start;
        let (mut digits, mut dots, mut strokes) = (0, 0, 0);
        while end < chunks.len()
            && chunks[end].is_number()
            && (end == start || chunks[end].gap.len() <= 3 && chunks[end].gap.chars().all(|c| " ./-()+_:,".contains(c)))
        {
            dots += usize::from(end > start && chunks[end].gap == ".");
            strokes += usize::from(end > start && matches!(chunks[end].gap, "-" | "/" | "_"));
            digits += chunks[end].text.len();
            end += 1;
        }
        // Numbers of files and rooms are shorter than those of telephones, and written without spaces.
        let filed = strokes > 0 && strokes + 1 == end - start && digits >= 5;
        if digits >= 7 || dots >= 3 || filed {
            chunks[start..end].iter_mut().for_each(|c| c.gone = true);
        }
        start = end.max(start + 1);
    }
}

/// Days, and times of day, written in figures.
fn days(chunks: &mut [Chunk<'_>], at: usize) {
    let day = |n: Option<u32>| n.is_some_and(|n| (1..=31).contains(&n));
    // A word may be glued to the first and to the last.
    let figures = |i: usize| {
        chunks.get(i).map_or("", |c| {
            if i == at {
                c.figures(true)
            } else if i == at + 2 {
                c.figures(false)
            } else {
                c.text
            }
        })
    };
    let number = |i: usize| figures(i).parse::<u32>().ok().filter(|_| figures(i).len() <= 4);
    let length = |i: usize| figures(i).len();
    let gap = |i: usize| chunks.get(i).map_or("", |c| c.gap.trim_matches(' '));
    let (one, two, three) = (number(at), number(at + 1), number(at + 2));
    let stroke = gap(at + 1);
    let joined = matches!(stroke, "." | "/" | "-" | ",") || stroke.is_empty();
    let alike = joined && (gap(at + 2) == stroke || gap(at + 2) == ",");
    let year = |i: usize| length(i) == 4 || length(i) == 2 && !stroke.is_empty();
    let whole = day(one) && day(two) && three.is_some() && year(at + 2)
        || one.is_some() && year(at) && day(two) && day(three) && length(at + 2) <= 2;
    // With spaces alone only where it can be nothing else: three numbers of two figures.
    let spaced = stroke.is_empty()
        && length(at) == 2
        && (1..=2).contains(&length(at + 1))
        && length(at + 2) == 2
        && day(one)
        && day(two)
        && (one <= Some(12) || two <= Some(12))
        && three.is_some();
    if alike && (whole || spaced) {
        return (at..at + 3).for_each(|i| chunks[i].gone = true);
    }
    let both = length(at) == 2 && length(at + 1) == 2;
    let clock =
        stroke == ":" && length(at) <= 2 && one < Some(24) && one.is_some() && length(at + 1) == 2 && two < Some(60);
    // Vertebrae are written as days are: `T11/12`.
    let partial =
        both && chunks[at].is_number() && stroke == "/" && day(one) && day(two) && (one <= Some(12) || two <= Some(12));
    // What is joined to a year by a stroke is a month or a term.
    let term = ["/", "-", "."].contains(&stroke)
        && (one.is_some_and(is_year) && two.is_some() || two.is_some_and(is_year) && one.is_some());
    if clock && two.is_some() || partial || term {
        let seconds = clock && gap(at + 2) == ":" && three.is_some();
        (at..=at + 1 + usize::from(seconds)).for_each(|i| chunks[i].gone = true);
    }
}

/// Numbers beside the name of a month, and the month with them.
fn month(chunks: &mut [Chunk<'_>], at: usize) {
    let letters = chunks[at].folded.trim_matches(|c: char| c.is_ascii_digit());
    if !is_among(MONTHS, letters) {
        return;
    }
    let mixed = letters.len() < chunks[at].folded.len();
    let ordinal = |c: &Chunk<'_>| {
        let digits = c.folded.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let tail = &c.folded[digits.len()..];
        !digits.is_empty()
            && digits.bytes().all(|b| b.is_ascii_digit())
            && ["", "st", "nd", "rd", "th", "er", "o"].contains(&tail)
    };
    // Between day and month a word such as `of` may stand.
    let near = [at.wrapping_sub(2), at.wrapping_sub(1), at + 1, at + 2];
    let beside: Vec<usize> = near.into_iter().filter(|i| chunks.get(*i).is_some_and(ordinal)).collect();
    if !mixed && beside.is_empty() {
        return;
    }
    for i in beside.into_iter().chain([at]) {
        chunks[i].gone = true;
    }
}

/// A number that a word beside it makes an age.
fn age(chunks: &mut [Chunk<'_>], at: usize) {
    let digits = chunks[at].folded.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = chunks[at].folded.trim_matches(|c: char| "mfw".contains(c)).parse::<u32>();
    // Beside a letter for the sex only ages that few people reach: `5F` is a catheter, `F18` fluorine.
    let old = chunks[at].folded.len() <= 4 && number.is_ok_and(|n| (90..=120).contains(&n)) && !chunks[at].is_number();
    if old || digits.len() < chunks[at].folded.len() && is_among(AGES, digits) {
        chunks[at].gone = true;
    }
    if !is_among(AGES, &chunks[at].folded) {
        return;
    }
    for i in [at.wrapping_sub(1), at + 1] {
        if chunks.get(i).is_some_and(Chunk::is_number) {
            chunks[i].gone = true;
            chunks[at].gone = true;
        }
    }
}

/// A title and the two words behind it.
fn title(chunks: &mut [Chunk<'_>], at: usize) {
    let gap = |i: usize| chunks.get(i).map_or("", |c| c.gap);
    let abbreviated = gap(at + 1).starts_with('.');
    let modality = ["MR", "DR", "MS"].contains(&chunks[at].text) && !abbreviated;
    if modality || !is_among(TITLES, &chunks[at].folded) {
        return;
    }
    chunks[at].gone = true;
    for i in at + 1..(at + 3).min(chunks.len()) {
        let near = chunks[i].gap.len() <= 2 && !chunks[i].gap.contains([';', ':', '\n']);
        if !near || chunks[i].is_number() {
            break;
        }
        chunks[i].gone = true;
    }
}

/// Whether there is a title in a text, as people write titles: what stands behind it is a name. `MR`, `DR` and `ms` are none.
pub(super) fn titled(text: &[u8]) -> bool {
    let words = text.split(|b| !b.is_ascii_alphanumeric()).filter_map(|word| std::str::from_utf8(word).ok());
    let written = |word: &str| {
        let first = word.starts_with(|c: char| c.is_ascii_uppercase());
        let rest = word.get(1..).unwrap_or_default();
        let capitals = word == "MRS" || word.len() >= 4 && word.bytes().all(|b| b.is_ascii_uppercase());
        first && rest.bytes().all(|b| b.is_ascii_lowercase()) || capitals
    };
    words.into_iter().any(|word| written(word) && is_among(TITLES, &word.to_ascii_lowercase()))
}

/// A number behind a word that says whose or which it is.
fn numbered(chunks: &mut [Chunk<'_>], at: usize) {
    if !is_among(NUMBERED, &chunks[at].folded) {
        return;
    }
    let next = chunks.get_mut(at + 1).filter(|c| c.gap.chars().count() <= 3 && c.text.len() >= 2);
    if let Some(next) = next.filter(|c| c.text.bytes().any(|b| b.is_ascii_digit())) {
        next.gone = true;
    }
}

/// Initials: single letters with a full stop between them.
fn initials(chunks: &mut [Chunk<'_>], at: usize) {
    let is_letter = |c: &Chunk<'_>| c.text.chars().count() == 1 && c.text.chars().all(char::is_alphabetic);
    let both = is_letter(&chunks[at]) && chunks.get(at + 1).is_some_and(|c| is_letter(c) && c.gap.trim_end() == ".");
    if both {
        (at..=at + 1).for_each(|i| chunks[i].gone = true);
    }
}

/// Mail and web addresses: all that stands without a space around their marks.
fn addresses(chunks: &mut [Chunk<'_>]) {
    let mut start = 0;
    while start < chunks.len() {
        let mut end = start + 1;
        while end < chunks.len() && !chunks[end].gap.contains(char::is_whitespace) {
            end += 1;
        }
        let marked = chunks[start..end].iter().enumerate().any(|(i, c)| {
            let inside = i > 0 && (c.gap.contains('@') || c.gap.contains("://"));
            inside || c.folded == "www"
        });
        if marked || chunks[start].gap.ends_with('@') {
            chunks[start..end].iter_mut().for_each(|c| c.gone = true);
        }
        start = end;
    }
}
