//! Fields whose values are paths of the server's files (`file_path`).

/// The paths that a field takes: DRF's `FilePathField`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilePathMeta {
    /// The directory, without a slash at its end.
    pub path: &'static str,
    /// A regular expression that matches somewhere in the name of the file or directory.
    pub pattern: Option<&'static str>,
    /// Whether the directories below are included.
    pub recursive: bool,
    /// Whether the path of a file is taken.
    pub files: bool,
    /// Whether the path of a directory is taken.
    pub folders: bool,
}

impl FilePathMeta {
    /// Takes the paths of the files in a directory.
    pub const fn new(path: &'static str) -> Self {
        Self { path, pattern: None, recursive: false, files: true, folders: false }
    }

    /// Takes only names in which this regular expression matches.
    pub const fn pattern(mut self, pattern: &'static str) -> Self {
        self.pattern = Some(pattern);
        self
    }

    /// Includes the directories below.
    pub const fn recursive(mut self) -> Self {
        self.recursive = true;
        self
    }

    /// Takes the paths of directories, too.
    pub const fn folders(mut self) -> Self {
        self.folders = true;
        self
    }

    /// Takes no paths of files.
    pub const fn no_files(mut self) -> Self {
        self.files = false;
        self
    }
}
