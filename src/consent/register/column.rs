//! The columns of the register: fixed names, any order.

/// Declares the columns with their names and a sentence each.
macro_rules! columns {
    ($($variant:ident = $name:literal, $says:literal;)+) => {
        /// A column of the register.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Column { $(#[doc = $says] $variant),+ }

        impl Column {
            /// Every column, in the order of the template.
            pub const ALL: &'static [Column] = &[$(Column::$variant),+];

            /// Its header.
            pub fn name(self) -> &'static str { match self { $(Column::$variant => $name),+ } }

            /// What stands in it.
            pub fn says(self) -> &'static str { match self { $(Column::$variant => $says),+ } }
        }
    };
}

columns! {
    PatientId = "patient_id", "The patient's number, as in the recordings or the folder names.";
    Issuer = "issuer", "Who issued the number; needed where two issuers use the same number: a row without it then releases nothing, and what it forbids it forbids to both.";
    Recording = "recording", "A path or glob relative to SOURCE; more specific than a patient.";
    Level = "level", "1 record only, 2 teaching, 3 publication.";
    Scopes = "scopes", "What the consent covers, separated by semicolons: care, teaching, training, assessment, research, publication, public-media. No level gives research or public-media: name them here.";
    Status = "status", "given, refused, withdrawn, clearly-not-given or no-record.";
    Form = "form", "written or oral.";
    GivenBy = "given_by", "patient, parental-responsibility, person-with-authority, family or other.";
    GivenOn = "given_on", "When it was given or refused. Several rows of one patient or recording need it: the latest valid one counts.";
    ExpiresOn = "expires_on", "The last day or month it holds.";
    WithdrawnOn = "withdrawn_on", "When it was withdrawn; the row then reads as withdrawn.";
    Conditions = "conditions", "What the patient laid down, separated by semicolons: no-online-use, this-institution-only, named-publication-only, named-event-only, health-professionals-only, hide-face, no-copies, ask-before-each-use, or a word that the profile defines.";
    Document = "document", "Where the signed form lies; stays in custody.";
    Subject = "subject", "adult, adult-without-capacity, child-with-capacity, child-without-capacity, deceased or unknown.";
    AdultFrom = "adult_from", "From when a child decides for themselves.";
    BornOn = "born_on", "When the patient was born, where you keep that: a consent from before it is an error, and a recording that states another date is held. It is not kept.";
    DiedOn = "died_on", "When the patient died, where you keep that: a consent that the patient gave after it is an error, and the subject is deceased. It is not kept.";
    Identifiable = "identifiable", "yes, may-be or no, as a person assessed it.";
    AssessedBy = "assessed_by", "Who assessed it, by name or role; stays in custody.";
    AssessedOn = "assessed_on", "When it was assessed.";
    Pixels = "pixels", "no-marks where the person who assessed it states that the picture bears no writing or marks.";
    Kind = "kind", "What the recording is of: x-ray, ultrasound, endoscopic, internal-structure, organ-function, pathology-slide-image, photograph, video, audio, telephone-call or document.";
    MadeFor = "made_for", "care, secondary, public-media or unknown.";
    MadeWhen = "made_when", "before-1997, 1997-or-later or unknown.";
    ExistingCollection = "existing_collection", "yes or no: whether it belongs to a collection held solely for teaching.";
    Circumstances = "circumstances", "What else is known, separated by semicolons: covert, callers-not-informed, post-mortem, post-mortem-coroner, objection-or-distress, believed-harmful, genetic-or-family-information, context-shows-no-consent.";
    Authority = "authority", "On what it may be used without consent: required-by-law, court-direction, public-interest, research-exemption or covert-authorised; then who decided, as a role, and why, separated by semicolons.";
    RetentionDate = "retention_date", "Until when it may be kept.";
    Ownership = "ownership", "Who owns it or holds the copyright: ours, someone-else or not-stated.";
    Notes = "notes", "Anything; not read.";
}

impl Column {
    /// The column of this header; case, spaces and hyphens do not matter.
    pub fn from_header(header: &str) -> Option<Self> {
        let name = normal(header);
        Column::ALL.iter().copied().find(|column| column.name() == name)
    }

    /// The column that a header nearly names: one or two letters are wrong.
    pub fn nearly(header: &str) -> Option<Self> {
        let name = normal(header);
        // Headings of other registers whose cells would turn a consent into its opposite if they were passed over.
        const LIKE: [(&str, Column); 9] = [
            ("withdr", Column::WithdrawnOn),
            ("revok", Column::WithdrawnOn),
            ("refus", Column::Status),
            ("declin", Column::Status),
            ("consent_status", Column::Status),
            ("status_of_consent", Column::Status),
            ("consent_given", Column::Status),
            ("expir", Column::ExpiresOn),
            ("valid_until", Column::ExpiresOn),
        ];
        if let Some((_, column)) = LIKE.iter().find(|(part, _)| name.contains(part)) {
            return Some(*column);
        }
        if name == "consent" {
            return Some(Column::Status);
        }
        if !(4..=40).contains(&name.len()) {
            return None;
        }
        let near = Column::ALL.iter().filter(|c| c.name().len() > 4).map(|&c| (distance(c.name(), &name), c));
        near.min().filter(|(letters, _)| *letters <= 2).map(|(_, column)| column)
    }
}

fn normal(header: &str) -> String {
    header.trim().to_lowercase().replace([' ', '-'], "_")
}

/// The number of letters to change, add or take away (Levenshtein); both texts are short.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut before = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(&b) {
            let above = *cell;
            left = (before + usize::from(x != y)).min(above + 1).min(left + 1);
            before = above;
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_known_in_any_spelling_of_it_and_a_slip_is_noticed() {
        assert_eq!(Column::from_header(" Patient ID "), Some(Column::PatientId));
        assert_eq!(Column::from_header("given-on"), Some(Column::GivenOn));
        assert_eq!(Column::nearly("expire_on"), Some(Column::ExpiresOn));
        assert_eq!(Column::nearly("widthrawn_on"), Some(Column::WithdrawnOn));
        for (header, column) in [
            ("Consent status", Column::Status),
            ("consent", Column::Status),
            ("Refused?", Column::Status),
            ("withdrawn", Column::WithdrawnOn),
            ("Date of withdrawal", Column::WithdrawnOn),
            ("Expiry", Column::ExpiresOn),
        ] {
            assert_eq!(Column::nearly(header), Some(column), "{header}");
        }
        assert_eq!(Column::nearly("ward"), None);
        assert_eq!(Column::nearly("consultant"), None);
        assert_eq!((distance("kitten", "sitting"), distance("", "abc"), distance("a", "a")), (3, 3, 0));
    }

    #[test]
    fn every_word_of_a_vocabulary_stands_in_the_sentence_of_its_column() {
        use crate::consent::condition::CONDITIONS;
        use crate::recording::terms::*;
        let words = [
            (Column::Scopes, Scope::ALL.iter().map(|w| w.word()).collect::<Vec<_>>()),
            (Column::Status, ConsentStatus::ALL.iter().map(|w| w.word()).collect()),
            (Column::Form, ConsentForm::ALL.iter().map(|w| w.word()).collect()),
            (Column::GivenBy, GivenBy::ALL.iter().map(|w| w.word()).collect()),
            (Column::Conditions, CONDITIONS.iter().filter(|c| c.by_patient).map(|c| c.word).collect()),
            (Column::Subject, Subject::ALL.iter().map(|w| w.word()).collect()),
            (Column::Identifiable, Identifiable::ALL.iter().map(|w| w.word()).collect()),
            (Column::Kind, Kind::ALL.iter().map(|w| w.word()).collect()),
            (Column::MadeFor, MadeFor::ALL.iter().map(|w| w.word()).collect()),
            (Column::MadeWhen, MadeWhen::ALL.iter().map(|w| w.word()).collect()),
            (Column::Circumstances, Circumstance::ALL.iter().map(|w| w.word()).collect()),
            (Column::Authority, AuthorityBasis::ALL.iter().map(|w| w.word()).collect()),
            (Column::Ownership, Ownership::ALL.iter().map(|w| w.word()).collect()),
        ];
        let mut tried = 0;
        for (column, words) in words {
            let named: Vec<&str> = column.says().split([' ', ',', '.', ':', ';']).collect();
            for word in words {
                assert!(named.contains(&word), "{word} is missing under {}", column.name());
                tried += 1;
            }
        }
        assert_eq!(tried, 70);
    }

    #[test]
    fn no_column_is_nearly_another() {
        let mut tried = 0;
        for column in Column::ALL {
            assert_eq!(Column::from_header(column.name()), Some(*column));
            assert_eq!(Column::nearly(column.name()).unwrap_or(*column), *column);
            tried += 1;
        }
        assert_eq!(tried, 30);
    }
}
