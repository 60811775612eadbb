//! Surgeons for picture containers: keep-list surgery that never touches coded samples.
