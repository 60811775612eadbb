//! Takes the model of the face detector from the folder of the crate that brings it, so that it is embedded in the program and
//! no copy of it lies in this repository. The crate's digest stands in `Cargo.lock`; a test checks the model's own.

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the model lies in the crate's folder.
const MODEL: &str = "model/seeta_fd_frontal_v1.0.bin";
/// How long it is, in bytes.
const LENGTH: u64 = 1_209_904;
/// The crate, as its folder is called.
const CRATE: &str = "rustface-0.1.7";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=Cargo.lock");
    println!("cargo::rerun-if-env-changed=SCRUBS_FACE_MODEL");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo names no OUT_DIR")?);
    let stated = env::var_os("SCRUBS_FACE_MODEL").map(PathBuf::from);
    let mut places = stated.into_iter().chain(told_by_cargo()).chain(in_the_registry());
    let model = places.find(|path| fs::metadata(path).is_ok_and(|m| m.len() == LENGTH));
    let model = model.ok_or(
        "the model of the face detector was not found: fetch the dependencies (cargo fetch), or name the file in SCRUBS_FACE_MODEL",
    )?;
    fs::write(out.join("face.bin"), fs::read(model)?)?;
    Ok(())
}

/// The crate's folder as `cargo metadata` tells it: right for vendored sources and other registries too.
fn told_by_cargo() -> Vec<PathBuf> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["metadata", "--format-version", "1", "--offline"]);
    if let Ok(target) = env::var("TARGET") {
        command.args(["--filter-platform", &target]);
    }
    let Ok(output) = command.output() else { return Vec::new() };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let manifests = text.split("\"manifest_path\":\"").skip(1).filter_map(|rest| rest.split('"').next());
    let folders = manifests.filter_map(|path| Some(Path::new(&path.replace("\\\\", "\\")).parent()?.to_path_buf()));
    let named =
        |folder: &PathBuf| folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("rustface"));
    folders.filter(named).map(|folder| folder.join(MODEL)).collect()
}

/// The crate's folder among the sources that cargo has unpacked.
fn in_the_registry() -> Vec<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let own = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE")).map(|home| PathBuf::from(home).join(".cargo"));
    let Some(home) = home.or(own) else { return Vec::new() };
    let Ok(registries) = fs::read_dir(home.join("registry/src")) else { return Vec::new() };
    registries.flatten().map(|registry| registry.path().join(CRATE).join(MODEL)).collect()
}
