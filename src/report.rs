//! Tells what was done: summary, recordings, digests, a page to read.
