"""`completion SHELL`: a script that asks `pyctl __complete` for choices."""

from __future__ import annotations

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.session import Session

BASH = """# bash completion for pyctl: source <(pyctl completion bash)
_pyctl() {
    local IFS=$'\\n' current=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=($(pyctl __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
    if [[ ${#COMPREPLY[@]} -eq 0 ]]; then
        COMPREPLY=($(compgen -f -- "$current"))
    elif [[ ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace
    fi
}
complete -F _pyctl pyctl
"""
ZSH = """#compdef pyctl
# zsh completion for pyctl: source <(pyctl completion zsh)
_pyctl() {
    local -a choices
    choices=("${(@f)$(pyctl __complete "${(@)words[2,$CURRENT]}" 2>/dev/null)}")
    if [[ -n "${choices[1]}" ]]; then
        compadd -- "${choices[@]}"
    else
        _files
    fi
}
compdef _pyctl pyctl
"""
SCRIPTS = {"bash": BASH, "zsh": ZSH}


def run(session: Session) -> int:
    if len(session.values.arguments) != 1:
        raise Failure(
            "Shell not specified."
            if not session.values.arguments
            else "Too many arguments. Expected only the shell type."
        )
    shell = session.values.arguments[0]
    if shell not in SCRIPTS:
        raise Failure(f'Unsupported shell type "{shell}".')
    session.write(SCRIPTS[shell].rstrip("\n"))
    return 0


COMMAND = Command("completion SHELL", "Output shell completion code for the specified shell (bash or zsh)", run)
