//! De-identification of DICOM objects after PS3.15 Annex E, edition 2026c.
