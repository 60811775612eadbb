//! A second judge for the worked collection, written from the page of the guidance as plain branches over the words in
//! which a person states facts. It shares nothing with the program.

use std::collections::{BTreeMap, BTreeSet};

/// Facts by their words: one value or several for each.
pub type Facts = BTreeMap<String, Vec<String>>;

/// What the second judge says.
#[derive(Debug, PartialEq, Eq)]
pub struct Opinion {
    pub outcome: &'static str,
    pub rules: BTreeSet<&'static str>,
    pub conditions: BTreeSet<String>,
}

const OUTCOMES: [&str; 4] = ["usable", "usable with conditions", "hold for review", "must not be used"];

/// The cautious reading of each fact that may be left out.
const CAUTIOUS: &[(&str, &str)] = &[
    ("kind", "photograph"),
    ("made for", "unknown"),
    ("recognisable", "may-be"),
    ("cleaned", "no"),
    ("consent", "no-record"),
    ("form", "oral"),
    ("given by", "patient"),
    ("subject", "unknown"),
];

/// Judges for a purpose in a month (`2026-11`), with or without a key.
pub fn judge(facts: &Facts, purpose: &str, month: &str, key_is_kept: bool) -> Opinion {
    let one = |name: &str| {
        let cautious = CAUTIOUS.iter().find(|(fact, _)| *fact == name).map_or("", |(_, value)| value);
        facts.get(name).and_then(|values| values.first()).map_or(cautious, String::as_str)
    };
    let many = |name: &str| facts.get(name).cloned().unwrap_or_default();
    let happened = |what: &str| many("circumstances").iter().any(|circumstance| circumstance == what);
    let past = |name: &str| !one(name).is_empty() && one(name).get(..7).is_some_and(|date| date < month);

    // Section 2: what follows from the facts.
    let recognisable = one("recognisable");
    let nobody = recognisable == "no";
    let cleaned = one("cleaned") == "yes";
    let anonymised = cleaned && nobody;
    let public = ["publication", "public-media"].contains(&purpose);
    let taught = ["teaching", "training"].contains(&purpose);
    let para_10 =
        ["x-ray", "ultrasound", "endoscopic", "internal-structure", "organ-function", "pathology-slide-image"]
            .contains(&one("kind"));
    let entitled = match one("subject") {
        "child-without-capacity" => one("given by") == "parental-responsibility",
        "adult-without-capacity" => one("given by") == "person-with-authority",
        "deceased" => ["patient", "person-with-authority", "family"].contains(&one("given by")),
        _ => one("given by") == "patient",
    };
    let status = if one("consent") == "given" && !entitled { "no-record" } else { one("consent") };
    let valid = status == "given" && !past("expires");
    let covers = valid && many("covers").iter().any(|scope| scope == purpose);
    let authority = match one("authority") {
        "required-by-law" | "court-direction" | "public-interest" => true,
        "research-exemption" => purpose == "research",
        _ => false,
    };
    let old = one("made when") == "before-1997" && one("existing collection") == "yes";

    // 3a. The outcome of each prohibition: 3 forbids, 2 holds.
    let mut prohibitions: Vec<(&'static str, usize)> = Vec::new();
    if happened("objection-or-distress") || happened("believed-harmful") {
        prohibitions.push(("P1", 3));
    }
    if (happened("covert") && one("authority") != "covert-authorised") || happened("callers-not-informed") {
        prohibitions.push(("P2", 3));
    }
    if status == "refused" && !authority {
        prohibitions.push(("P3", 3));
    }
    if status == "withdrawn" {
        prohibitions.push(("P4", if nobody || authority { 2 } else { 3 }));
    }
    if (status == "clearly-not-given" || (happened("context-shows-no-consent") && status == "no-record")) && !authority
    {
        prohibitions.push(("P5", 3));
    }
    if one("made for") == "public-media" && !para_10 && !valid && !authority {
        prohibitions.push(("P6", if purpose == "public-media" { 3 } else { 2 }));
    }
    let mut rules: BTreeSet<&'static str> = prohibitions.iter().map(|(id, _)| *id).collect();
    let mut outcome = prohibitions.iter().map(|(_, to)| *to).max().unwrap_or(0);
    if outcome == 3 {
        return Opinion { outcome: OUTCOMES[3], rules, conditions: BTreeSet::new() };
    }

    // 3b. Each ground with the conditions that it brings; the best one decides, of equal ones the first.
    let mut grounds: Vec<(&'static str, Vec<String>)> = Vec::new();
    let mut ground = |id, conditions: Vec<(bool, &str)>, more: Vec<String>| {
        let own = conditions.into_iter().filter(|(when, _)| *when).map(|(_, condition)| condition.to_owned());
        grounds.push((id, own.chain(more).collect()));
    };
    if covers && cleaned {
        let oral = one("form") != "written" && purpose == "public-media";
        let child = one("subject").starts_with("child");
        let grown = child && !one("decides from").is_empty() && one("decides from").get(..7) <= Some(month);
        ground("G1", vec![(oral, "get-written-consent"), (grown, "offer-patient-the-choice")], many("conditions"));
    }
    if para_10 && anonymised {
        ground("G2", vec![(public, "check-small-details")], Vec::new());
    }
    if one("made for") == "care" && anonymised {
        let why = purpose == "public-media";
        ground("G3", vec![(public, "reviewer-assessment-on-record"), (why, "record-why-no-consent")], Vec::new());
    }
    if old && anonymised && taught {
        ground("G4", Vec::new(), Vec::new());
    }
    if old && valid && cleaned && taught {
        ground("G5", Vec::new(), Vec::new());
    }
    if one("kind") == "pathology-slide-image" && anonymised && (!public || !key_is_kept) {
        ground("G6", Vec::new(), Vec::new());
    }
    if one("subject") == "deceased" && anonymised {
        ground("G7", Vec::new(), Vec::new());
    }
    if happened("post-mortem") && !happened("post-mortem-coroner") && anonymised {
        ground("G8", Vec::new(), Vec::new());
    }
    if authority {
        ground("G9", vec![(true, "only-as-authorised")], Vec::new());
    }
    let mut conditions = BTreeSet::new();
    let best = grounds.into_iter().min_by_key(|(_, conditions)| !conditions.is_empty());
    if let Some((id, brought)) = best {
        rules.insert(id);
        outcome = outcome.max(usize::from(!brought.is_empty()));
        conditions.extend(brought);
    } else {
        // 3c. What is the matter, and who should be asked.
        let mut matter: Vec<(&'static str, usize)> = Vec::new();
        if !nobody && !valid {
            matter.push((if recognisable == "yes" { "N1" } else { "N2" }, 3));
            if one("existing collection") == "yes" {
                matter.push(("N3", 3));
            }
            if one("subject") == "adult-without-capacity" {
                matter.push(("N4", 3));
            }
        } else if !nobody && !covers {
            matter.push(("N5", 3));
        } else if !cleaned {
            matter.push(("N6", 2));
        } else {
            matter.push(("N7", 2));
        }
        outcome = matter.iter().map(|(_, to)| *to).max().unwrap_or(0).max(outcome);
        rules.extend(matter.iter().map(|(id, _)| *id));
    }
    if outcome == 3 {
        return Opinion { outcome: OUTCOMES[3], rules, conditions: BTreeSet::new() };
    }

    // 3d. Cautions.
    if one("subject") == "deceased" && (public || !nobody || happened("genetic-or-family-information")) {
        rules.insert("C1");
        outcome = outcome.max(2);
    }
    if happened("post-mortem-coroner") {
        rules.insert("C2");
        outcome = outcome.max(2);
    }
    if past("keep until") {
        rules.insert("C3");
        conditions.insert("dispose-as-policy-says".to_owned());
        outcome = outcome.max(1);
    }
    if one("belongs to") == "someone-else" {
        rules.insert("C4");
        conditions.insert("ask-owner".to_owned());
        outcome = outcome.max(1);
    }
    Opinion { outcome: OUTCOMES[outcome], rules, conditions }
}
