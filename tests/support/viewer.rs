//! Opens DICOM objects with programs that share nothing with scrubs, where they are installed.

use std::path::PathBuf;
use std::process::Command;

/// So many files are named on one command line.
const TOGETHER: usize = 200;

/// Reads every element of every file it is given, pixel data included, and prints how many files there were.
const PYTHON: &str = "\
import sys, warnings
import pydicom
warnings.simplefilter('ignore')
for path in sys.argv[1:]:
    for element in pydicom.dcmread(path).iterall():
        element.value
print(len(sys.argv) - 1)
";

/// Opens the files with `dcmdump` and pydicom, and says so where one of them is not installed.
pub(crate) fn open_everywhere(files: &[PathBuf]) {
    let python = std::env::var_os("SCRUBS_PYTHON").unwrap_or_else(|| "python3".into());
    let answers = |command: &mut Command| command.output().is_ok_and(|output| output.status.success());
    if answers(Command::new("dcmdump").arg("--version")) {
        for part in files.chunks(TOGETHER) {
            let output = Command::new("dcmdump").arg("-q").args(part).output().unwrap();
            assert!(output.status.success(), "dcmdump: {}", String::from_utf8_lossy(&output.stderr));
        }
        eprintln!("dcmdump opens {} outputs", files.len());
    } else {
        eprintln!("dcmdump is not installed: it opened nothing");
    }
    if answers(Command::new(&python).args(["-c", "import pydicom"])) {
        let mut opened = 0;
        for part in files.chunks(TOGETHER) {
            let output = Command::new(&python).arg("-c").arg(PYTHON).args(part).output().unwrap();
            assert!(output.status.success(), "pydicom: {}", String::from_utf8_lossy(&output.stderr));
            opened += String::from_utf8_lossy(&output.stdout).trim().parse::<usize>().unwrap();
        }
        assert_eq!(opened, files.len());
        eprintln!("pydicom opens {opened} outputs");
    } else {
        eprintln!("pydicom is not installed: it opened nothing");
    }
}
