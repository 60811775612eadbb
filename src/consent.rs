//! Consent records, the register they come from, assessments, and the sidecar beside each recording (paras 18–25).
