use crate::error::{DomainError, Problem};

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("The settings backup_url and backup_recipient say where backups go and who can read them. They are not set.")]
    NotSetUp,
    #[error("Another backup is being made.")]
    Running,
}

pub const NOT_SET_UP: Problem = Problem {
    code: "backups.not_set_up",
    status: 409,
    title: "Backups are not set up",
    about: "The operator of this installation has not said where backups go (`backup_url`) and to which key they are encrypted (`backup_recipient`).",
    members: &[],
};
pub const RUNNING: Problem = Problem {
    code: "backups.running",
    status: 409,
    title: "A backup is being made",
    about: "One backup is made at a time, and another process is at it.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&NOT_SET_UP, &RUNNING];

impl DomainError for BackupError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::NotSetUp => &NOT_SET_UP,
            Self::Running => &RUNNING,
        }
    }
}
