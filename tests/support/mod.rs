//! Makers of fixtures and runners of the program, shared by the tests: each test uses some of them.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "every test file is a crate of its own and uses a part of this"
)]

pub mod collection;
pub mod drawing;
pub mod expected;
pub mod heif;
pub mod jp2;
pub mod jxl;
pub mod object;
pub mod picture;
pub mod running;
pub mod second;
pub mod tiff;
pub mod web;
pub mod worked;
