//! The independent witness: what could identify in a recording, read by code that shares nothing with the surgeons.
