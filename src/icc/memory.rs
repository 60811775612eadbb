//! What the profiles that were cleaned last came to: the pictures of a collection come from few cameras and programs, and
//! comparing a profile with the standards takes longer than copying the picture it belongs to.

use std::cell::RefCell;
use std::collections::VecDeque;

/// How many profiles a thread remembers, and how long they are at most: the tables of printers are not worth it.
const MOST: usize = 8;
const LONGEST: usize = 16 * 1024;

/// What is asked: a profile, byte for byte, and the length that the answer may have.
type Question = (Vec<u8>, Option<usize>);
type Known = VecDeque<(Question, Option<Vec<u8>>)>;

thread_local! {
    static KNOWN: RefCell<Known> = const { RefCell::new(VecDeque::new()) };
}

/// The answer to a question that was asked before, else what `clean` says, which must follow from the question alone.
pub(super) fn recall(profile: &[u8], limit: Option<usize>, clean: impl FnOnce() -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    if profile.len() > LONGEST {
        return clean();
    }
    let known = KNOWN.with_borrow(|known| {
        let same = known.iter().find(|((asked, within), _)| *within == limit && asked == profile);
        same.map(|(_, answer)| answer.clone())
    });
    known.unwrap_or_else(|| {
        let answer = clean();
        KNOWN.with_borrow_mut(|known| {
            known.truncate(MOST - 1);
            known.push_front(((profile.to_vec(), limit), answer.clone()));
        });
        answer
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_answered_as_before_and_another_one_anew() {
        let ask = |profile: &[u8], limit, new: &[u8]| recall(profile, limit, || Some(new.to_vec())).expect("some");
        assert_eq!(ask(b"one", None, b"1"), b"1");
        assert_eq!(ask(b"one", None, b"2"), b"1");
        assert_eq!(ask(b"one", Some(9), b"3"), b"3");
        assert_eq!(ask(b"two", None, b"4"), b"4");
        assert_eq!(recall(b"none", None, || None), None);
        assert_eq!(recall(b"none", None, || Some(vec![1])), None);
        for n in 0..MOST as u8 {
            assert_eq!(ask(&[n], None, &[n]), [n]);
        }
        assert_eq!(ask(b"one", None, b"5"), b"5");
        KNOWN.with_borrow(|known| assert_eq!(known.len(), MOST));
    }

    #[test]
    fn long_profiles_are_not_kept() {
        let long = vec![1; LONGEST + 1];
        assert_eq!(recall(&long, None, || Some(vec![1])), Some(vec![1]));
        assert_eq!(recall(&long, None, || Some(vec![2])), Some(vec![2]));
    }
}
