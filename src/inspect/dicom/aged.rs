//! Ages beside dates: one in days or weeks tells the day of birth, or by how much the dates have moved.
//!
//! PS3.5 6.2 (AS); PS3.16 (Subject Age and its codes elsewhere), UCUM for the units.

use crate::recording::{Deidentification, DicomOption};

/// Code Value.
const CODE: u32 = 0x0008_0100;

/// What was read of ages so far.
#[derive(Debug, Default)]
pub(super) struct Ages {
    /// Whether dates stand in the output.
    dated: bool,
    /// The content item whose concept is an age.
    item: Option<String>,
}

impl Ages {
    /// What is asked of an output with these options.
    pub(super) fn of(how: &Deidentification) -> Self {
        let options = [DicomOption::RetainLongitudinalFullDates, DicomOption::RetainLongitudinalModifiedDates];
        Self { dated: options.into_iter().any(|option| how.has(option)), item: None }
    }

    /// Why an element may not stand, for people; none where it may. `path` is of what holds it.
    pub(super) fn objection(
        &mut self,
        tag: u32,
        vr: [u8; 2],
        path: impl FnOnce() -> String,
        value: &[u8],
    ) -> Option<&'static str> {
        let value = value.trim_ascii_end();
        if !self.dated || tag != CODE && &vr != b"AS" {
            return None;
        }
        if &vr == b"AS" {
            return matches!(value.last(), Some(b'D' | b'W')).then_some("age in days or weeks beside dates");
        }
        let (path, code) = (path(), String::from_utf8_lossy(value));
        if let Some(item) = path.strip_suffix("(0040,A043)[0]") {
            let is_age = matches!(&*code, "121033" | "424144002" | "397669002" | "29553-5" | "30525-0");
            self.item = is_age.then(|| item.to_owned());
        }
        let item = path.strip_suffix("(0040,A300)[0](0040,08EA)[0]");
        let fine = matches!(&*code, "s" | "min" | "h" | "d" | "wk");
        (fine && item.is_some() && item == self.item.as_deref()).then_some("age in days or weeks beside dates")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_coarse_where_dates_stand() {
        let of = |options: &[DicomOption]| Deidentification::new(options.iter().copied().collect(), Default::default());
        let mut tried = 0;
        for options in [
            &[DicomOption::RetainLongitudinalFullDates][..],
            &[DicomOption::RetainLongitudinalModifiedDates],
            &[DicomOption::RetainPatientCharacteristics],
        ] {
            let dated = options != [DicomOption::RetainPatientCharacteristics];
            let mut ages = Ages::of(&of(options));
            let mut objects = |tag, vr: &[u8; 2], path: &str, value: &[u8]| {
                tried += 1;
                ages.objection(tag, *vr, || path.to_owned(), value).is_some()
            };
            assert_eq!(objects(0x0010_1010, b"AS", "", b"023D"), dated);
            assert_eq!(objects(0x0010_1010, b"AS", "", b"004W"), dated);
            assert!(!objects(0x0010_1010, b"AS", "", b"001M"));
            assert!(!objects(CODE, b"SH", "(0040,A730)[1](0040,A043)[0]", b"121033"));
            assert_eq!(objects(CODE, b"SH", "(0040,A730)[1](0040,A300)[0](0040,08EA)[0]", b"d "), dated);
            assert!(!objects(CODE, b"SH", "(0040,A730)[1](0040,A300)[0](0040,08EA)[0]", b"a "));
            assert!(!objects(CODE, b"SH", "(0040,A730)[2](0040,A300)[0](0040,08EA)[0]", b"d "));
        }
        assert_eq!(tried, 21);
    }
}
