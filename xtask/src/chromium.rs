//! The browser of the page's tests: the machine's Chromium, or Debian's in a folder of ours.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use anyhow::Result;

use crate::cache::Cache;
use crate::debian::{BOOKWORM, Packages};
use crate::workspace;

/// The variable that names one; the tests say so where nothing is there.
const NAMED: &str = "BALLAST_CHROMIUM";
/// Where Debian installs it.
const INSTALLED: &str = "/usr/bin/chromium";

const PACKAGES: Packages = Packages {
    sources: BOOKWORM,
    wanted: &["chromium", "fonts-dejavu-core"],
    // The C library is the machine's, as for everything that runs on it. The rest no browser without a window asks for: a desktop's
    // icons and settings, its message bus, a graphics driver with an LLVM of its own, and what installs packages.
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

/// Beside the fonts, which are found whatever the folder is called.
const FONTS: &str =
    "<?xml version=\"1.0\"?>\n<fontconfig><dir prefix=\"relative\">usr/share/fonts</dir></fontconfig>\n";

/// Tells a command that starts browsers where one is, after unpacking it where the machine has none and nobody names one.
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

/// The one that somebody names, or else the machine's.
fn known<'a>(named: Option<&'a OsStr>, installed: &'a Path) -> Option<&'a Path> {
    let named = named.filter(|name| !name.is_empty()).map(Path::new);
    named.or_else(|| installed.exists().then_some(installed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_names_a_browser_gets_it_and_downloads_none() {
        let (here, nowhere) = (Path::new("/"), Path::new("/nowhere"));
        let named = Some(OsStr::new("/opt/chrome"));
        assert_eq!(known(named, here), Some(Path::new("/opt/chrome")));
        assert_eq!(known(named, nowhere), Some(Path::new("/opt/chrome")));
        assert_eq!(known(Some(OsStr::new("")), here), Some(here));
        assert_eq!(known(None, nowhere), None);
    }
}
