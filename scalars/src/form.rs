//! The forms of texts: email addresses, URLs, host names, slugs, IP addresses.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::address::{is_email, is_hostname, is_url};

macro_rules! forms {
    ($($(#[$docs:meta])* $name:ident,)*) => {
        /// A form of texts, with a rule of Django or DRF.
        ///
        /// A value of a form is a `String`. Everything about the forms is in one file: a new form needs a name there,
        /// and what the `match` expressions require.
        ///
        /// ```
        /// use dcrf_scalars::TextForm;
        ///
        /// assert!(TextForm::Slug.matches("over-the_sea"));
        /// assert!(!TextForm::Slug.matches("über"));
        /// assert!(TextForm::UnicodeSlug.matches("über"));
        /// assert_eq!(TextForm::Ipv6.canonical("2001:DB8::0").as_deref(), Some("2001:db8::"));
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum TextForm {
            $($(#[$docs])* $name,)*
        }

        impl TextForm {
            /// All forms.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
        }
    };
}

forms! {
    /// An email address, by Django's rule.
    Email,
    /// A URL, by Django's rule.
    Url,
    /// A host name of RFC 1123, in ASCII.
    Hostname,
    /// ASCII letters and digits, `_` and `-`.
    Slug,
    /// Letters and digits of any script, `_` and `-`.
    UnicodeSlug,
    /// An IP address of either version; an IPv4 address in an IPv6 address is shown as an IPv4 address.
    Ip,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
}

/// The properties of a form.
struct Description {
    format: &'static str,
    noun: &'static str,
    example: &'static str,
    code: &'static str,
    message: &'static str,
    no_text: &'static str,
}

const NO_EMAIL: &str = "Enter a valid email address.";
const NO_URL: &str = "Enter a valid URL.";
const NO_SLUG: &str = "Enter a valid \"slug\" consisting of letters, numbers, underscores or hyphens.";
const NO_UNICODE_SLUG: &str =
    "Enter a valid \"slug\" consisting of Unicode letters, numbers, underscores, or hyphens.";
const NO_IP: &str = "Enter a valid IPv4 or IPv6 address.";

impl TextForm {
    const fn description(self) -> Description {
        match self {
            Self::Email => Description {
                format: "email",
                noun: "an email address",
                example: "ada@example.com",
                code: "invalid",
                message: NO_EMAIL,
                no_text: NO_EMAIL,
            },
            Self::Url => Description {
                format: "uri",
                noun: "a URI",
                example: "https://example.com/",
                code: "invalid",
                message: NO_URL,
                no_text: NO_URL,
            },
            // The error of Django's `DomainNameValidator`, on a field without a type of its own.
            Self::Hostname => Description {
                format: "hostname",
                noun: "a host name",
                example: "example.com",
                code: "invalid",
                message: "Enter a valid domain name.",
                no_text: "Not a valid string.",
            },
            Self::Slug => Description {
                format: "slug",
                noun: "a slug",
                example: "a-slug",
                code: "invalid",
                message: NO_SLUG,
                no_text: NO_SLUG,
            },
            Self::UnicodeSlug => Description {
                format: "unicode-slug",
                noun: "a slug",
                example: "a-slug",
                code: "invalid_unicode",
                message: NO_UNICODE_SLUG,
                no_text: NO_SLUG,
            },
            // The codes are those of Django's validators, whose messages the fields do not change.
            Self::Ip => Description {
                format: "ip",
                noun: "an IP address",
                example: "192.0.2.1",
                code: "invalid_address",
                message: NO_IP,
                no_text: NO_IP,
            },
            Self::Ipv4 => Description {
                format: "ipv4",
                noun: "an IPv4 address",
                example: "192.0.2.1",
                code: "invalid_address",
                message: "Enter a valid IPv4 address.",
                no_text: NO_IP,
            },
            Self::Ipv6 => Description {
                format: "ipv6",
                noun: "an IPv6 address",
                example: "2001:db8::1",
                code: "invalid_address",
                message: "Enter a valid IPv6 address.",
                no_text: NO_IP,
            },
        }
    }

    /// Returns the name in JSON Schema's `format`, for example `uri`.
    pub const fn format(self) -> &'static str {
        self.description().format
    }

    /// Returns the form with this name in JSON Schema's `format`.
    pub fn of_format(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|form| form.format() == name)
    }

    /// Returns the noun for a text of this form, with its article: `an email address`.
    pub const fn noun(self) -> &'static str {
        self.description().noun
    }

    /// Returns an example of a text of this form.
    pub const fn example(self) -> &'static str {
        self.description().example
    }

    /// Returns DRF's code for a text that does not have this form.
    pub const fn code(self) -> &'static str {
        self.description().code
    }

    /// Returns DRF's message for a text that does not have this form.
    pub const fn message(self) -> &'static str {
        self.description().message
    }

    /// Returns DRF's message, under the code `invalid`, for a value that is not a text.
    pub const fn message_of_no_text(self) -> &'static str {
        self.description().no_text
    }

    /// Tells whether it is an IP address of any version.
    pub const fn is_ip(self) -> bool {
        matches!(self, Self::Ip | Self::Ipv4 | Self::Ipv6)
    }

    /// Tells whether a text has this form. An empty text has none.
    pub fn matches(self, text: &str) -> bool {
        match self {
            Self::Email => is_email(text),
            Self::Url => is_url(text),
            Self::Hostname => is_hostname(text),
            Self::Slug => {
                !text.is_empty()
                    && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            }
            Self::UnicodeSlug => {
                !text.is_empty()
                    && text.chars().all(|char| char.is_alphanumeric() || matches!(char, '-' | '_'))
            }
            Self::Ip => text.parse::<IpAddr>().is_ok(),
            Self::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Self::Ipv6 => text.parse::<Ipv6Addr>().is_ok(),
        }
    }

    /// Returns the canonical text among those with the same meaning, which is stored and shown; `None` if the text does
    /// not have this form.
    pub fn canonical(self, text: &str) -> Option<Cow<'_, str>> {
        match self {
            Self::Email | Self::Url | Self::Hostname | Self::Slug | Self::UnicodeSlug => {
                self.matches(text).then_some(Cow::Borrowed(text))
            }
            Self::Ip => text.parse::<IpAddr>().ok().map(|address| address.to_canonical().to_string().into()),
            Self::Ipv4 => text.parse::<Ipv4Addr>().ok().map(|address| address.to_string().into()),
            Self::Ipv6 => text.parse::<Ipv6Addr>().ok().map(|address| address.to_string().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::TextForm;

    #[test]
    fn each_has_a_name_and_an_example() {
        let names: HashSet<&str> = TextForm::ALL.iter().map(|form| form.format()).collect();
        assert_eq!(names.len(), TextForm::ALL.len());
        for form in TextForm::ALL.iter().copied() {
            assert_eq!(TextForm::of_format(form.format()), Some(form));
            assert_eq!(form.canonical(form.example()).as_deref(), Some(form.example()), "{form:?}");
            assert_eq!(form.canonical(""), None, "{form:?}");
        }
        assert_eq!(TextForm::of_format("Email"), None);
    }

    #[test]
    fn email_addresses() {
        for good in [
            "a.b+c@example.com",
            "a@localhost",
            "a@[127.0.0.1]",
            "a@[::1]",
            "\"a(b\"@x.org",
            "a@é.de",
            "a@xn--9ca.XN--P1AI",
        ] {
            assert!(TextForm::Email.matches(good), "{good}");
        }
        for bad in [
            "a",
            "@b.org",
            "a@",
            "a@b",
            "x@.",
            "a b@x.org",
            "a@b.c",
            "a@b.c\n",
            "é@x.org",
            "a@b.c1",
            "a@x.org.",
            "a@-x.org",
        ] {
            assert!(!TextForm::Email.matches(bad), "{bad:?}");
        }
        assert!(!TextForm::Email.matches(&format!("{}@example.com", "a".repeat(309))));
    }

    #[test]
    fn urls() {
        for good in [
            "http://a.bc",
            "HTTPS://user:pw@example.com:80/x?y#z",
            "ftp://localhost/",
            "ftps://[::1]:8000",
            "http://über.example.",
            "http://xn--e1afmkfd.xn--p1ai",
        ] {
            assert!(TextForm::Url.matches(good), "{good}");
        }
        for bad in [
            "foo://x",
            "http://😀.com",
            "a.bc",
            "http://",
            "http://a",
            "http://a.b1",
            "http://a b.cd",
            "http://a.bc:123456",
        ] {
            assert!(!TextForm::Url.matches(bad), "{bad}");
        }
    }

    #[test]
    fn host_names() {
        for good in
            ["localhost", "example.com", "a-b.c1", "3com.com", "xn--e1afmkfd.xn--p1ai", "A.B", "1.2.3"]
        {
            assert!(TextForm::Hostname.matches(good), "{good}");
        }
        for bad in ["-a.bc", "a-.bc", "a..b", ".a", "a.", "a_b", "a b", "über.de", "1.2.3.4", "a\n", "a:80"]
        {
            assert!(!TextForm::Hostname.matches(bad), "{bad:?}");
        }
        let label = "a".repeat(63);
        let longest = format!("{label}.{label}.{label}.{}", &label[..61]);
        assert!(longest.len() == 253 && TextForm::Hostname.matches(&longest));
        assert!(!TextForm::Hostname.matches(&format!("{longest}a")));
        assert!(!TextForm::Hostname.matches(&format!("a{label}")));
    }

    #[test]
    fn slugs() {
        assert!(TextForm::Slug.matches("a-Slug_1") && TextForm::UnicodeSlug.matches("été-1"));
        assert!(!TextForm::Slug.matches("été") && !TextForm::UnicodeSlug.matches("a b"));
    }

    proptest! {
        #[test]
        fn a_text_has_one_canonical_form(text in "[-a-z0-9.:/@\\[\\]é_ ]{0,24}") {
            for form in TextForm::ALL.iter().copied() {
                let canonical = form.canonical(&text);
                prop_assert_eq!(canonical.is_some(), form.matches(&text), "{:?} {:?}", form, text);
                if let Some(canonical) = canonical {
                    let again = form.canonical(&canonical);
                    prop_assert_eq!(again.as_deref(), Some(&*canonical), "{:?} {:?}", form, text);
                }
            }
        }

        #[test]
        fn addresses_are_shown_in_one_way(four: u32, six: u128) {
            let (four, six) = (Ipv4Addr::from(four), Ipv6Addr::from(six));
            let written = six.segments().map(|segment| format!("{segment:04X}")).join(":");
            let shown = |form: TextForm, text: &str| form.canonical(text).map(String::from);
            prop_assert_eq!(shown(TextForm::Ipv6, &written), Some(six.to_string()));
            prop_assert_eq!(shown(TextForm::Ip, &written), Some(IpAddr::from(six).to_canonical().to_string()));
            prop_assert_eq!(shown(TextForm::Ip, &format!("::ffff:{four}")), Some(four.to_string()));
            prop_assert_eq!(shown(TextForm::Ipv4, &four.to_string()), Some(four.to_string()));
            prop_assert_eq!(shown(TextForm::Ipv4, &written), None);
        }
    }
}
