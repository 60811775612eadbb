//! Walks sources and tells what each file is by its content.
