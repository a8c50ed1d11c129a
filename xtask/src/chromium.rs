//! The browser of the page's tests: the machine's Chromium, or Debian's in a folder of ours.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::cache::Cache;
use crate::debian::Packages;
use crate::workspace;

/// Where Debian installs it.
const INSTALLED: &str = "/usr/bin/chromium";

const PACKAGES: Packages = Packages {
    sources: &["http://deb.debian.org/debian bookworm", "http://deb.debian.org/debian-security bookworm-security"],
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
    instead: "apt-get install chromium, or your system's way of having /usr/bin/chromium",
};

/// Beside the fonts, which are found whatever the folder is called.
const FONTS: &str =
    "<?xml version=\"1.0\"?>\n<fontconfig><dir prefix=\"relative\">usr/share/fonts</dir></fontconfig>\n";

/// Tells a command that starts browsers where one is, after unpacking it where the machine has none.
pub fn provide(command: &mut Command) -> Result<()> {
    if Path::new(INSTALLED).exists() {
        command.env("BALLAST_CHROMIUM", INSTALLED);
        return Ok(());
    }
    let cache = Cache::open("browser")?;
    cache.piece("chromium", "150 MB from Debian", |folder| {
        PACKAGES.unpack(folder)?;
        Ok(fs::write(folder.join("fonts.conf"), FONTS)?)
    })?;
    command.env("BALLAST_CHROMIUM", workspace::root().join("toolchain/wrappers/chromium"));
    command.env("BALLAST_TOOLCHAIN_PIECES", cache.folder());
    Ok(())
}
