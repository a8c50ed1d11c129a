//! The browser of the page's tests: the machine's Chromium, or Debian's, unpacked into the cache.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use anyhow::Result;

use crate::cache::Cache;
use crate::debian::{BOOKWORM, Packages};
use crate::workspace;

/// The variable that names a browser. The tests mention it when they find none.
const NAMED: &str = "BALLAST_CHROMIUM";
/// The path at which Debian installs Chromium.
const INSTALLED: &str = "/usr/bin/chromium";

const PACKAGES: Packages = Packages {
    sources: BOOKWORM,
    wanted: &["chromium", "fonts-dejavu-core"],
    // The machine brings the C library. A browser without a window needs none of the rest: icons and settings of a desktop, its
    // message bus, a graphics driver with its LLVM, and tools that install packages.
    provided: &[
        "libc6",
        "adwaita-icon-theme",
        "ca-certificates",
        "dbus",
        "dconf-gsettings-backend",
        "debconf",
        "default-dbus-session-bus",
        "desktop-file-utils",
        "dpkg",
        "fontconfig-config",
        "hicolor-icon-theme",
        "init-system-helpers",
        "libgl1-mesa-dri",
        "libgtk-3-common",
        "libsystemd-shared",
        "passwd",
        "perl",
        "perl-base",
        "procps",
        "shared-mime-info",
        "systemd",
        "tar",
        "x11-utils",
        "xdg-utils",
    ],
    verified: "156.",
    instead: "install a Chromium and name it: BALLAST_CHROMIUM=/path cargo xtask test",
};

/// Points at the fonts relative to this file, so that the folder can have any name.
const FONTS: &str =
    "<?xml version=\"1.0\"?>\n<fontconfig><dir prefix=\"relative\">usr/share/fonts</dir></fontconfig>\n";

/// Names a browser to a command that starts one. Unpacks Debian's first if the machine has none and no variable names one.
pub fn provide(command: &mut Command) -> Result<()> {
    if let Some(path) = known(env::var_os(NAMED).as_deref(), Path::new(INSTALLED)) {
        command.env(NAMED, path);
        return Ok(());
    }
    let cache = Cache::open("browser")?;
    cache.piece("chromium", "150 MB from Debian", |folder| {
        PACKAGES.unpack(folder)?;
        Ok(fs::write(folder.join("fonts.conf"), FONTS)?)
    })?;
    command.env(NAMED, workspace::root().join("toolchain/wrappers/chromium"));
    command.env("BALLAST_TOOLCHAIN_PIECES", cache.folder());
    Ok(())
}

/// The browser that the variable names, or else the machine's.
fn known<'a>(named: Option<&'a OsStr>, installed: &'a Path) -> Option<&'a Path> {
    let named = named.filter(|name| !name.is_empty()).map(Path::new);
    named.or_else(|| installed.exists().then_some(installed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_browser_is_used_and_none_is_downloaded() {
        let (here, nowhere) = (Path::new("/"), Path::new("/nowhere"));
        let named = Some(OsStr::new("/opt/chrome"));
        assert_eq!(known(named, here), Some(Path::new("/opt/chrome")));
        assert_eq!(known(named, nowhere), Some(Path::new("/opt/chrome")));
        assert_eq!(known(Some(OsStr::new("")), here), Some(here));
        assert_eq!(known(None, nowhere), None);
    }
}
