//! Columns of files (`x-file`).

use dcrf_scalars::{FileKind, check_strftime};

use super::declarations::ModelDeclaration;
use super::resolver::Resolver;
use crate::ast::{self, FileAccess, Schema};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Field, FileColumn, FilePath, ModelId, Rule, Scalar, Type};
use crate::source::{Span, Spanned};
use crate::syntax::Key;

/// The greatest length of a name with its folder, if the column has no limit of its own: that of Django's `FileField`.
const NAME: u64 = 100;

/// The characters that a name needs beside its folder at least: a few of its own, and those that tell it from others.
const ROOM: u64 = 20;

/// The greatest width and height of an image in pixels, if it has no limit of its own.
const SIDE: u32 = 10_000;

/// The directives of `strftime` that give letters and digits.
const DIRECTIVES: &str = "YymdjFHMSBbAaGVUWuw";

/// The kinds of images, for messages.
const IMAGES: &str = "`image/png`, `image/jpeg`, `image/gif` and `image/webp`";

impl<'a> Resolver<'a> {
    /// Resolves the files of a column, if it has any. Its names then have a greatest length, and an index, by which the
    /// rows of a file are found.
    pub(super) fn resolve_file(&self, schema: &Schema, is_key: bool, field: &mut Field) {
        let Some(key) = &schema.file else { return };
        if key.value.poisoned || !self.may_have_files(schema, is_key, field, key) {
            return;
        }
        if !field.rules.iter().any(|rule| matches!(rule, Rule::MaxLength(_))) {
            field.rules.push(Rule::MaxLength(NAME));
        }
        let most = field.rules.iter().find_map(|rule| match rule {
            Rule::MaxLength(most) => Some(*most),
            _ => None,
        });
        let Some(file) = self.file_column(&key.value, most.unwrap_or(NAME)) else { return };
        field.index = true;
        field.file = Some(file);
    }

    fn may_have_files(
        &self,
        schema: &Schema,
        is_key: bool,
        field: &Field,
        key: &Key<ast::FileColumn>,
    ) -> bool {
        let rule = field.rules.iter().find(|rule| !matches!(rule, Rule::MaxLength(_) | Rule::MinLength(0)));
        let why = if field.ty != Type::Scalar(Scalar::Text) {
            "the column of a file is a `string` without a `format` or `enum`, which is the file's name"
        } else if is_key {
            "a file can be replaced, and a primary key cannot"
        } else if field.unique {
            "every file has a name of its own without `x-unique`"
        } else if rule.is_some() {
            "the server chooses the name, so that no rule but `maxLength` applies to it"
        } else if schema.sql.is_some() {
            "the rows of a file are found by its name as it is stored, so leave `x-sql` out"
        } else {
            return true;
        };
        self.error(Code::BadFile, key.key, format!("{} cannot have files: {why}", quote(&field.wire)));
        false
    }

    /// Merges `file_path` of a text.
    pub(super) fn merge_file_path(
        &self,
        rules: &mut Vec<Rule>,
        ty: &Type,
        is_plain: bool,
        kwargs: &ast::ExtraKwargs,
    ) {
        let Some(Key { key, value, .. }) = kwargs.file_path.clone() else { return };
        if value.poisoned {
            return;
        }
        if *ty != Type::Scalar(Scalar::Text) || !is_plain {
            let message = "`file_path` is a setting of texts without a `format`, `enum`, `x-file` or key";
            return self.error(Code::BadRule, key, message);
        }
        let is_set = |key: &Option<Key<bool>>, default| key.as_ref().map_or(default, |key| key.value);
        let (files, folders) = (is_set(&value.allow_files, true), is_set(&value.allow_folders, false));
        if !files && !folders {
            let message = "either `allow_files` or `allow_folders` has to be `true`, or no path is taken";
            return self.error(Code::BadRule, key, message);
        }
        let Some(path) = &value.path else { return };
        let own = path.value.trim_end_matches('/');
        if own.is_empty() || own.contains('\0') {
            return self.error(
                Code::BadRule,
                path.span,
                "expected a directory below the root, such as `/srv/themes`",
            );
        }
        let pattern = value.pattern.as_ref().map(|pattern| self.python_pattern(pattern));
        if pattern == Some(None) {
            return;
        }
        let recursive = is_set(&value.recursive, false);
        let (path, pattern) = (own.to_owned(), pattern.flatten());
        rules.push(Rule::FilePath(FilePath { path, pattern, recursive, files, folders }));
    }

    fn file_column(&self, written: &ast::FileColumn, most: u64) -> Option<FileColumn> {
        let upload_to = written.upload_to.as_ref()?;
        self.check_folder(&upload_to.value, upload_to.span, most)?;
        if let Some(size) = written.max_size.as_ref().filter(|size| size.value == 0) {
            self.error(Code::BadFile, size.span, "expected a number of bytes, at least 1");
            return None;
        }
        let image = match &written.image {
            Some(image) => Some((self.side(&image.value.max_width)?, self.side(&image.value.max_height)?)),
            None => None,
        };
        let kinds = match &written.types {
            Some(types) => self.file_kinds(&types.value, types.span, image.is_some())?,
            None if image.is_some() => FileKind::IMAGES.to_vec(),
            None => Vec::new(),
        };
        let public = written.access.as_ref().is_some_and(|access| access.value == FileAccess::Public);
        let url = match &written.url {
            Some(url) => self.file_url(&url.value, url.span, public)?,
            None => None,
        };
        Some(FileColumn {
            upload_to: upload_to.value.clone(),
            max_size: written.max_size.as_ref().map(|size| size.value),
            kinds,
            image,
            url,
            public,
        })
    }

    /// Checks that a folder is inside of the store, also when its date is filled in.
    fn check_folder(&self, folder: &str, span: Span, most: u64) -> Option<()> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '%');
        let is_part = |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(is_plain);
        let parts: Vec<&str> = folder.strip_suffix('/').unwrap_or_default().split('/').collect();
        let refuse = |message: String, help: &str| {
            self.report(Diagnostic::error(Code::BadFile, span, message).help(help));
            None
        };
        if !parts.iter().all(|part| is_part(part)) {
            let message = format!("{} is not a folder inside of the store", quote(folder));
            return refuse(
                message,
                "write names of ASCII letters, digits, `_`, `-` and `.`, each with a slash at its end: `avatars/`",
            );
        }
        if parts.first().is_some_and(|first| first.contains('%')) {
            let message = format!("the first part of {} changes with the date", quote(folder));
            return refuse(
                message,
                "begin with a fixed name, by which the server knows the column: `photos/%Y/`",
            );
        }
        if let Err(error) = check_strftime(folder) {
            return refuse(
                format!("{} is not a folder: {error}", quote(folder)),
                "write `%Y`, `%m` and `%d` for the date",
            );
        }
        let mut directives = folder.split('%').skip(1).map(|rest| rest.trim_start_matches('-'));
        if directives.any(|rest| !rest.starts_with(|letter| DIRECTIVES.contains(letter))) {
            let message = format!("{} has a directive that does not give a name", quote(folder));
            return refuse(message, "write `%Y`, `%m` and `%d` for the date");
        }
        if folder.chars().count() as u64 + ROOM > most {
            let message = format!("a name of {most} characters has no room beside {}", quote(folder));
            return refuse(message, "set a greater `maxLength`, or a shorter folder");
        }
        Some(())
    }

    /// Checks what URLs begin with. The result is `None` for the default.
    fn file_url(&self, url: &str, span: Span, public: bool) -> Option<Option<String>> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '~');
        let is_part = |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(is_plain);
        let are_parts = |path: &str| path.strip_suffix('/').is_some_and(|path| path.split('/').all(is_part));
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let (message, help) = match (host, url.strip_prefix('/')) {
            (Some(_), _) if !public => (
                format!("this server does not serve files of {}, so it cannot guard them", quote(url)),
                "add `\"access\": \"public\"`, or write a path of this server: `/files/`",
            ),
            (Some(host), _) => {
                let (name, path) = host.split_once('/').unwrap_or_default();
                let is_host = name.split(':').next().is_some_and(is_part);
                if is_host && (path.is_empty() || are_parts(path)) {
                    return Some(Some(url.to_owned()));
                }
                (
                    format!("{} is not the address of a folder", quote(url)),
                    "write a host, and a slash at the end: `https://files.example.com/`",
                )
            }
            (None, Some(path)) if path.starts_with("upload/") => {
                (format!("uploads are sent to {}", quote("/upload/")), "choose another path: `/files/`")
            }
            (None, Some(path)) if are_parts(path) => {
                return Some((url != FileColumn::MEDIA).then(|| url.to_owned()));
            }
            (None, _) => (
                format!("{} is not a path of this server", quote(url)),
                "write names of ASCII letters, digits, `_`, `-`, `.` and `~` between slashes: `/files/`",
            ),
        };
        self.report(Diagnostic::error(Code::BadFile, span, message).help(help));
        None
    }

    fn side(&self, side: &Option<Key<u64>>) -> Option<u32> {
        let Some(side) = side else { return Some(SIDE) };
        match u32::try_from(side.value) {
            Ok(pixels) if pixels > 0 => Some(pixels),
            _ => {
                self.error(
                    Code::BadFile,
                    side.span,
                    format!("expected a number of pixels, from 1 to {}", u32::MAX),
                );
                None
            }
        }
    }

    fn file_kinds(&self, types: &[Spanned<String>], span: Span, image: bool) -> Option<Vec<FileKind>> {
        if types.is_empty() {
            self.error(Code::BadFile, span, "expected at least one media type");
            return None;
        }
        let mut kinds = Vec::new();
        for name in types {
            let Some(kind) = FileKind::of_media_type(&name.value) else {
                let message =
                    format!("the server does not recognise files of {} by their content", quote(&name.value));
                let near = self.nearest(&name.value, FileKind::ALL.iter().map(|kind| kind.media_type()));
                let known: Vec<String> =
                    FileKind::ALL.iter().map(|kind| quote(kind.media_type()).to_string()).collect();
                let help = match near {
                    Some(near) => format!("did you mean {}?", quote(near)),
                    None => format!("it recognises {}", known.join(", ")),
                };
                self.report(Diagnostic::error(Code::BadFile, name.span, message).help(help));
                return None;
            };
            if image && !FileKind::IMAGES.contains(&kind) {
                let message = format!("{} is not a type of images", quote(&name.value));
                let diagnostic = Diagnostic::error(Code::BadFile, name.span, message);
                self.report(diagnostic.help(format!("images are {IMAGES}")));
                return None;
            }
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        Some(kinds)
    }

    /// Reports folders of public files that contain, or are contained in, those of files that are not public: the
    /// server knows by the folder who may read a file. It also reports a URL that is a folder of another one.
    pub(super) fn check_folders(&self, declarations: &[ModelDeclaration<'a>]) {
        let columns: Vec<Placed<'_>> =
            declarations.iter().flat_map(|declaration| self.placed(declaration.id, declaration)).collect();
        let contain = |one: &str, other: &str| one.starts_with(other) || other.starts_with(one);
        for (index, column) in columns.iter().enumerate() {
            let others = &columns[..index];
            let guarded = |other: &&Placed<'_>| {
                other.file.public != column.file.public && contain(column.file.folder(), other.file.folder())
            };
            let nested = |other: &&Placed<'_>| {
                other.file.url() != column.file.url() && contain(column.file.url(), other.file.url())
            };
            let (first, message, help) = if let Some(first) = others.iter().find(guarded) {
                let message = "one of these columns is public, and their files would lie in the same folder";
                (first, message, "give each of them a folder of its own")
            } else if let Some(first) = others.iter().find(nested) {
                let message =
                    "the URLs of one of these columns begin with what those of the other begin with";
                (first, message, "give both the same `url`, or paths of which none contains the other")
            } else {
                continue;
            };
            let diagnostic = Diagnostic::error(Code::BadFile, column.span, message);
            self.report(diagnostic.related(first.span, "the other").help(help));
        }
    }

    /// Returns the columns of files of a model, with the places of their folders.
    fn placed(&self, id: ModelId, declaration: &ModelDeclaration<'a>) -> Vec<Placed<'_>> {
        let properties = declaration.schema.and_then(|schema| schema.properties.as_ref());
        let span = |wire: &str| {
            let file = properties?.value.get(wire)?.as_ref()?.file.as_ref()?;
            Some(file.value.upload_to.as_ref()?.span)
        };
        let fields = self.models[id].fields.iter();
        fields
            .filter_map(|field| Some(Placed { file: field.file.as_ref()?, span: span(&field.wire)? }))
            .collect()
    }
}

/// A column of files, and the place of its folder in the definition.
struct Placed<'f> {
    file: &'f FileColumn,
    span: Span,
}
