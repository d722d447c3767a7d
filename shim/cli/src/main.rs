//! The `egpu` command: translate shaders, run kernels, see and serve cards.
//!
//! docs/cli.md is the contract. Exit status 0 is done, 1 failed (one line on stderr, then what to
//! do), 2 wrong usage.

mod args;
mod devices;
mod doctor;
mod examine;
mod firmware;
mod firmware_sums;
mod run;
mod serve;
mod spec;
mod translate;

use std::process::ExitCode;

/// Why a command ended.
#[derive(Debug)]
enum Failure {
    /// The command line is wrong.
    Usage(String),
    /// Something failed; the second text is what to do, if anything.
    Failed(String, Option<String>),
}

impl Failure {
    fn failed(problem: impl std::fmt::Display) -> Failure {
        Failure::Failed(problem.to_string(), None)
    }

    fn with_advice(problem: impl std::fmt::Display, advice: impl Into<String>) -> Failure {
        Failure::Failed(problem.to_string(), Some(advice.into()))
    }
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Failure {
        Failure::Usage(error.to_string())
    }
}

impl From<egpu_translate::Error> for Failure {
    fn from(error: egpu_translate::Error) -> Failure {
        // The first line of the drawing is the message; the rest shows the place.
        let drawing = error.drawing();
        let rest = drawing
            .trim_end()
            .split_once('\n')
            .map(|(_, rest)| rest.to_owned());
        Failure::Failed(error.to_string(), rest)
    }
}

impl From<egpu_cards::egpu_driver::CardError> for Failure {
    fn from(error: egpu_cards::egpu_driver::CardError) -> Failure {
        use egpu_cards::egpu_driver::CardError;
        match error {
            CardError::Unavailable { problem, advice } => Failure::with_advice(problem, advice),
            other => Failure::failed(other),
        }
    }
}

type Outcome = Result<(), Failure>;

/// One subcommand: its name, its line of usage, what it is for.
struct Subcommand {
    name: &'static str,
    usage: &'static str,
    about: &'static str,
    run: fn(lexopt::Parser) -> Outcome,
}

const SUBCOMMANDS: [Subcommand; 6] = [
    Subcommand {
        name: "devices",
        usage: "[--json]",
        about: "tries every card and the virtual card, and lists them",
        run: devices::devices,
    },
    Subcommand {
        name: "doctor",
        usage: "[--report FILE]",
        about: "checks step by step why a card can or cannot be used",
        run: doctor::doctor,
    },
    Subcommand {
        name: "translate",
        usage: "FILE… [--entry NAME] [--target T] [--emit KIND] [-o OUT] \
                [--constant NAME=VALUE]… [--no-checks] [--time]",
        about: "compiles shaders (.wgsl, .spv, .comp, or folders of them)",
        run: translate::translate,
    },
    Subcommand {
        name: "run",
        usage: "FILE --groups X[,Y[,Z]] [--entry NAME] [--bind G.B=SPEC]… [--print G.B:TYPE[:N]]… \
                [--dump G.B=PATH]… [--adapter NAME] [--constant NAME=VALUE]… [--args HEX] \
                [--strict] [--seed N] [--repeat N] [--stats]",
        about: "runs one kernel and shows or saves buffers",
        run: run::run,
    },
    Subcommand {
        name: "serve",
        usage: "(--unix PATH | --tcp ADDR:PORT) [--card CARD] [--vram MIB] [--bar0 MIB] \
                [--segments N] [--cold] [--strict] [--once] [--trace FILE] [--fault FAULT…]",
        about: "offers a virtual card behind TinyGPU's protocol",
        run: serve::serve,
    },
    Subcommand {
        name: "firmware",
        usage: "(list | get) [--card NAME] [--dir DIR]",
        about: "firmware files that a card needs, and fetching them",
        run: firmware::firmware,
    },
];

fn usage() -> String {
    let mut text = String::from("usage: egpu COMMAND …\n");
    for command in &SUBCOMMANDS {
        text += &format!(
            "\n  {} {}\n      {}\n",
            command.name, command.usage, command.about
        );
    }
    text + "\nEnvironment: EGPU_ADAPTER EGPU_SOCKET EGPU_REMOTE EGPU_TIMEOUT EGPU_STRICT EGPU_CACHE_DIR \
            EGPU_FIRMWARE_DIR EGPU_FIRMWARE_URL EGPU_DEBUG (EGPU_DEBUG=help lists what it can show)\n"
}

/// What `EGPU_DEBUG` can name: the compiler's phases, and what passes between driver and card.
fn debug_topics() -> String {
    let mut text = naga_backend::debug::help();
    for (_, name, what) in egpu_cards::egpu_link::debug::TOPICS {
        text += &format!("\n  {name:<8} {what}");
    }
    text
}

fn main() -> ExitCode {
    let asked = std::env::var("EGPU_DEBUG").unwrap_or_default();
    if asked.split(',').any(|word| word.trim() == "help") {
        println!("{}", debug_topics());
        return ExitCode::SUCCESS;
    }
    let mut parser = lexopt::Parser::from_env();
    let outcome = match parser.next() {
        Ok(Some(lexopt::Arg::Value(name))) => {
            match SUBCOMMANDS.iter().find(|command| name == command.name) {
                Some(command) => (command.run)(parser),
                None => Err(Failure::Usage(format!(
                    "no command {}",
                    name.to_string_lossy()
                ))),
            }
        }
        Ok(Some(lexopt::Arg::Short('h') | lexopt::Arg::Long("help"))) => {
            print!("{}", usage());
            Ok(())
        }
        Ok(Some(lexopt::Arg::Short('V') | lexopt::Arg::Long("version"))) => {
            println!("egpu {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
        Ok(Some(other)) => Err(other.unexpected().into()),
        Ok(None) => Err(Failure::Usage("name a command".into())),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(problem)) => {
            eprintln!("egpu: {problem}\n{}", usage());
            ExitCode::from(2)
        }
        Err(Failure::Failed(problem, advice)) => {
            eprintln!("egpu: {problem}");
            if let Some(advice) = advice {
                eprintln!("{advice}");
            }
            ExitCode::FAILURE
        }
    }
}
