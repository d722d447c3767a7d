//! Small parsers shared by the commands.

use naga_backend::Target;

use crate::Failure;

/// The value of an option as text.
pub fn text(parser: &mut lexopt::Parser) -> Result<String, Failure> {
    let value = parser.value()?;
    value
        .into_string()
        .map_err(|raw| Failure::Usage(format!("`{}` is not UTF-8", raw.to_string_lossy())))
}

/// The value of an option, parsed.
pub fn value<T: std::str::FromStr>(parser: &mut lexopt::Parser, what: &str) -> Result<T, Failure> {
    let text = text(parser)?;
    text.parse()
        .map_err(|_| Failure::Usage(format!("`{text}` is no {what}")))
}

/// `X[,Y[,Z]]`.
pub fn groups(text: &str) -> Result<[u32; 3], Failure> {
    let bad = || Failure::Usage(format!("`{text}`: write --groups X[,Y[,Z]]"));
    let mut groups = [1; 3];
    let parts: Vec<&str> = text.split(',').collect();
    if parts.len() > 3 {
        return Err(bad());
    }
    for (group, part) in groups.iter_mut().zip(parts) {
        *group = part.trim().parse().map_err(|_| bad())?;
    }
    Ok(groups)
}

/// `NAME=VALUE` of a pipeline constant; `true` and `false` count as 1 and 0.
pub fn constant(text: &str) -> Result<(String, f64), Failure> {
    let bad = || Failure::Usage(format!("`{text}`: write --constant NAME=VALUE"));
    let (name, value) = text.split_once('=').ok_or_else(bad)?;
    let value = match value {
        "true" => 1.0,
        "false" => 0.0,
        number => number.parse().map_err(|_| bad())?,
    };
    Ok((name.into(), value))
}

/// A compilation target by name.
pub fn target(name: &str) -> Result<Target, Failure> {
    Target::from_name(name).ok_or_else(|| {
        Failure::Usage(format!(
            "`{name}` is no target; use gfx1100 gfx1101 gfx1102 gfx1200 gfx1201, \
             sm_75 sm_80 sm_86 sm_89 sm_90 sm_100 sm_120, or spirv"
        ))
    })
}

/// `KEY=VALUE`.
pub fn pair<'a>(text: &'a str, form: &str) -> Result<(&'a str, &'a str), Failure> {
    text.split_once('=')
        .ok_or_else(|| Failure::Usage(format!("`{text}`: write {form}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        assert_eq!(groups("4").unwrap(), [4, 1, 1]);
        assert_eq!(groups("4,5,6").unwrap(), [4, 5, 6]);
        assert!(groups("1,2,3,4").is_err() && groups("x").is_err() && groups("").is_err());
        assert_eq!(constant("a=true").unwrap(), ("a".into(), 1.0));
        assert!(constant("a").is_err() && constant("a=b").is_err());
        assert!(target("gfx900").is_err());
    }
}
