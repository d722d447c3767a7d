//! What the commands of this crate have in common: the answer to `--help` and to a wrong line, and
//! the exit status (docs/cli.md): 0 done, 1 failed, 2 wrong usage.

use std::process::ExitCode;

use lexopt::Parser;

/// Reads the command line by `read`, which gives `None` where help is asked for, and does by `run`
/// what it says; that gives whether all was well.
pub fn command<A>(
    name: &str,
    usage: &str,
    read: impl FnOnce(&mut Parser) -> Result<Option<A>, lexopt::Error>,
    run: impl FnOnce(&A) -> Result<bool, String>,
) -> ExitCode {
    let arguments = match read(&mut Parser::from_env()) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            println!("{usage}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("{name}: {error}\n{usage}");
            return ExitCode::from(2);
        }
    };
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// An option's value that is a list with commas.
pub fn list(parser: &mut Parser) -> Result<Vec<String>, lexopt::Error> {
    use lexopt::ValueExt;
    let names = parser.value()?.string()?;
    Ok(names.split(',').map(Into::into).collect())
}
