#!/bin/bash

__teal_cursor_index_in_current_word() {
    local remaining="${COMP_LINE}"

    local word
    for word in "${COMP_WORDS[@]::COMP_CWORD}"; do
        remaining="${remaining##*([[:space:]])"${word}"*([[:space:]])}"
    done

    local -ir index="$((COMP_POINT - ${#COMP_LINE} + ${#remaining}))"
    if [[ "${index}" -le 0 ]]; then
        printf 0
    else
        printf %s "${index}"
    fi
}

# positional arguments:
#
# - 1: the current (sub)command's count of positional arguments
#
# required variables:
#
# - repeating_flags: the repeating flags that the current (sub)command can accept
# - non_repeating_flags: the non-repeating flags that the current (sub)command can accept
# - repeating_options: the repeating options that the current (sub)command can accept
# - non_repeating_options: the non-repeating options that the current (sub)command can accept
# - positional_number: value ignored
# - unparsed_words: unparsed words from the current command line
#
# modified variables:
#
# - non_repeating_flags: remove flags for this (sub)command that are already on the command line
# - non_repeating_options: remove options for this (sub)command that are already on the command line
# - positional_number: set to the current positional number
# - unparsed_words: remove all flags, options, and option values for this (sub)command
__teal_offer_flags_options() {
    local -ir positional_count="${1}"
    positional_number=0

    local was_flag_option_terminator_seen=false
    local is_parsing_option_value=false

    local -ar unparsed_word_indices=("${!unparsed_words[@]}")
    local -i word_index
    for word_index in "${unparsed_word_indices[@]}"; do
        if "${is_parsing_option_value}"; then
            # This word is an option value:
            # Reset marker for next word iff not currently the last word
            [[ "${word_index}" -ne "${unparsed_word_indices[${#unparsed_word_indices[@]} - 1]}" ]] && is_parsing_option_value=false
            unset "unparsed_words[${word_index}]"
            # Do not process this word as a flag or an option
            continue
        fi

        local word="${unparsed_words["${word_index}"]}"
        if ! "${was_flag_option_terminator_seen}"; then
            case "${word}" in
            --)
                unset "unparsed_words[${word_index}]"
                # by itself -- is a flag/option terminator, but if it is the last word, it is the start of a completion
                if [[ "${word_index}" -ne "${unparsed_word_indices[${#unparsed_word_indices[@]} - 1]}" ]]; then
                    was_flag_option_terminator_seen=true
                fi
                continue
                ;;
            -*)
                # ${word} is a flag or an option
                # If ${word} is an option, mark that the next word to be parsed is an option value
                local option
                for option in "${repeating_options[@]}" "${non_repeating_options[@]}"; do
                    [[ "${word}" = "${option}" ]] && is_parsing_option_value=true && break
                done

                # Remove ${word} from ${non_repeating_flags} or ${non_repeating_options} so it isn't offered again
                local not_found=true
                local -i index
                for index in "${!non_repeating_flags[@]}"; do
                    if [[ "${non_repeating_flags[${index}]}" = "${word}" ]]; then
                        unset "non_repeating_flags[${index}]"
                        non_repeating_flags=("${non_repeating_flags[@]}")
                        not_found=false
                        break
                    fi
                done
                if "${not_found}"; then
                    for index in "${!non_repeating_flags[@]}"; do
                        if [[ "${non_repeating_flags[${index}]}" = "${word}" ]]; then
                            unset "non_repeating_flags[${index}]"
                            non_repeating_flags=("${non_repeating_flags[@]}")
                            break
                        fi
                    done
                fi
                unset "unparsed_words[${word_index}]"
                continue
                ;;
            esac
        fi

        # ${word} is neither a flag, nor an option, nor an option value
        if [[ "${positional_number}" -lt "${positional_count}" || "${positional_count}" -lt 0 ]]; then
            # ${word} is a positional
            ((positional_number++))
            unset "unparsed_words[${word_index}]"
        else
            if [[ -z "${word}" ]]; then
                # Could be completing a flag, option, or subcommand
                positional_number=-1
            else
                # ${word} is a subcommand or invalid, so stop processing this (sub)command
                positional_number=-2
            fi
            break
        fi
    done

    unparsed_words=("${unparsed_words[@]}")

    if\
        ! "${was_flag_option_terminator_seen}"\
        && ! "${is_parsing_option_value}"\
        && [[ ("${cur}" = -* && "${positional_number}" -ge 0) || "${positional_number}" -eq -1 ]]
    then
        COMPREPLY+=($(compgen -W "${repeating_flags[*]} ${non_repeating_flags[*]} ${repeating_options[*]} ${non_repeating_options[*]}" -- "${cur}"))
    fi
}

__teal_add_completions() {
    local completion
    while IFS='' read -r completion; do
        COMPREPLY+=("${completion}")
    done < <(IFS=$'\n' compgen "${@}" -- "${cur}")
}

__teal_custom_complete() {
    if [[ -n "${cur}" || -z ${COMP_WORDS[${COMP_CWORD}]} || "${COMP_LINE:${COMP_POINT}:1}" != ' ' ]]; then
        local -ar words=("${COMP_WORDS[@]}")
    else
        local -ar words=("${COMP_WORDS[@]::${COMP_CWORD}}" '' "${COMP_WORDS[@]:${COMP_CWORD}}")
    fi

    "${COMP_WORDS[0]}" "${@}" "${words[@]}"
}

_teal() {
    local state
    state="$(shopt -p;shopt -po)"
    trap "${state//$'\n'/;}" RETURN
    shopt -s extglob
    set +o history +o posix

    local -xr SAP_SHELL=bash
    local -x SAP_SHELL_VERSION
    SAP_SHELL_VERSION="$(IFS='.';printf %s "${BASH_VERSINFO[*]}")"
    local -r SAP_SHELL_VERSION

    local -r cur="${2}"
    local -r prev="${3}"

    local -i positional_number
    local -a unparsed_words=("${COMP_WORDS[@]:1:${COMP_CWORD}}")

    local -a repeating_flags=()
    local -a non_repeating_flags=(--version -h --help)
    local -a repeating_options=()
    local -a non_repeating_options=()
    __teal_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    init|import|validate|schema|plan|compose|generate|dev|deploy|rollback|scale|adopt|resume|abort|attach|accessory|status|history|logs|health|stats|exec|serve|doctor|prune|version|completions|help)
        # Offer subcommand argument completions
        "_teal_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'init import validate schema plan compose generate dev deploy rollback scale adopt resume abort attach accessory status history logs health stats exec serve doctor prune version completions help' -- "${cur}"))
        ;;
    esac
}

_teal_init() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=(--from)
    non_repeating_options=(--project --service --artifact --image --command --port --host --file)
    __teal_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--from')
        __teal_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--project')
        return
        ;;
    '--service')
        return
        ;;
    '--artifact')
        __teal_add_completions -f
        return
        ;;
    '--image')
        return
        ;;
    '--command')
        return
        ;;
    '--port')
        return
        ;;
    '--host')
        return
        ;;
    '--file')
        __teal_add_completions -f
        return
        ;;
    esac
}

_teal_import() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __teal_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    pm2|kamal|procfile)
        # Offer subcommand argument completions
        "_teal_import_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'pm2 kamal procfile' -- "${cur}"))
        ;;
    esac
}

_teal_import_pm2() {
    repeating_flags=()
    non_repeating_flags=(--no-node --version -h --help)
    repeating_options=()
    non_repeating_options=(-o --file --output)
    __teal_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '-o'|'--file')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __teal_add_completions -f
        return
        ;;
    esac
}

_teal_import_kamal() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-o --file --output)
    __teal_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '-o'|'--file')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __teal_add_completions -f
        return
        ;;
    esac
}

_teal_import_procfile() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-o --file --output)
    __teal_offer_flags_options 2

    # Offer option value completions
    case "${prev}" in
    '-o'|'--file')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __teal_add_completions -f
        return
        ;;
    2)
        __teal_add_completions -f
        return
        ;;
    esac
}

_teal_validate() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--file -e --environment --output)
    __teal_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--file')
        __teal_add_completions -f
        return
        ;;
    '-e'|'--environment')
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_schema() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __teal_offer_flags_options 0
}

_teal_plan() {
    repeating_flags=()
    non_repeating_flags=(--force --create-networks --take-ports --version -h --help)
    repeating_options=()
    non_repeating_options=(-e --environment --git-commit --file --home --socket --output)
    __teal_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '-e'|'--environment')
        return
        ;;
    '--git-commit')
        return
        ;;
    '--file')
        __teal_add_completions -f
        return
        ;;
    '--home')
        __teal_add_completions -d
        return
        ;;
    '--socket')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_compose() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __teal_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    config|report)
        # Offer subcommand argument completions
        "_teal_compose_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'config report' -- "${cur}"))
        ;;
    esac
}

_teal_compose_config() {
    repeating_flags=()
    non_repeating_flags=(-q --quiet --version -h --help)
    repeating_options=(-f --file --env-file --profile)
    non_repeating_options=(--project-directory -p --project-name --format)
    __teal_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-f'|'--file')
        __teal_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--env-file')
        __teal_add_completions -f
        return
        ;;
    '--profile')
        return
        ;;
    '--project-directory')
        __teal_add_completions -d
        return
        ;;
    '-p'|'--project-name')
        return
        ;;
    '--format')
        __teal_add_completions -W 'json'
        return
        ;;
    esac
}

_teal_compose_report() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=(-f --file --env-file --profile)
    non_repeating_options=(--project-directory -p --project-name --project-file -e --environment --output)
    __teal_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-f'|'--file')
        __teal_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--env-file')
        __teal_add_completions -f
        return
        ;;
    '--profile')
        return
        ;;
    '--project-directory')
        __teal_add_completions -d
        return
        ;;
    '-p'|'--project-name')
        return
        ;;
    '--project-file')
        __teal_add_completions -o plusdirs -fX '!*.@(yml|yaml)'
        return
        ;;
    '-e'|'--environment')
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_generate() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __teal_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    nginx)
        # Offer subcommand argument completions
        "_teal_generate_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'nginx' -- "${cur}"))
        ;;
    esac
}

_teal_generate_nginx() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=(--host)
    non_repeating_options=(--file -e --environment --proxy-pass --root --certificate --key --webroot --hsts --csp --rate --burst --log-directory --probe-port)
    __teal_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--file')
        __teal_add_completions -f
        return
        ;;
    '-e'|'--environment')
        return
        ;;
    '--host')
        return
        ;;
    '--proxy-pass')
        return
        ;;
    '--root')
        return
        ;;
    '--certificate')
        return
        ;;
    '--key')
        return
        ;;
    '--webroot')
        return
        ;;
    '--hsts')
        __teal_add_completions -W 'off'$'\n''host'$'\n''subdomains'$'\n''preload'
        return
        ;;
    '--csp')
        return
        ;;
    '--rate')
        return
        ;;
    '--burst')
        return
        ;;
    '--log-directory')
        return
        ;;
    '--probe-port')
        return
        ;;
    esac
}

_teal_dev() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __teal_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    up|down)
        # Offer subcommand argument completions
        "_teal_dev_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'up down' -- "${cur}"))
        ;;
    esac
}

_teal_dev_up() {
    repeating_flags=()
    non_repeating_flags=(-d --detach --version -h --help)
    repeating_options=()
    non_repeating_options=(--port --file --output)
    __teal_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--port')
        return
        ;;
    '--file')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_dev_down() {
    repeating_flags=()
    non_repeating_flags=(-v --volumes --version -h --help)
    repeating_options=()
    non_repeating_options=(--file --output)
    __teal_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--file')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_deploy() {
    repeating_flags=()
    non_repeating_flags=(--force --create-networks --take-ports --supersede -n --dry-run --host-images --rebuild --version -h --help)
    repeating_options=()
    non_repeating_options=(-e --environment --git-commit --until --on-cancel --wait --plan --file --home --socket --output)
    __teal_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '-e'|'--environment')
        return
        ;;
    '--git-commit')
        return
        ;;
    '--until')
        __teal_add_completions -W 'switched'$'\n''released'$'\n''settled'
        return
        ;;
    '--on-cancel')
        __teal_add_completions -W 'detach'$'\n''abort'
        return
        ;;
    '--wait')
        return
        ;;
    '--plan')
        __teal_add_completions -f
        return
        ;;
    '--file')
        __teal_add_completions -f
        return
        ;;
    '--home')
        __teal_add_completions -d
        return
        ;;
    '--socket')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_rollback() {
    repeating_flags=()
    non_repeating_flags=(--with-current-secrets -n --dry-run --supersede --version -h --help)
    repeating_options=()
    non_repeating_options=(--until --on-cancel --wait --file -p --project --home --socket --output)
    __teal_offer_flags_options 2

    # Offer option value completions
    case "${prev}" in
    '--until')
        __teal_add_completions -W 'switched'$'\n''released'$'\n''settled'
        return
        ;;
    '--on-cancel')
        __teal_add_completions -W 'detach'$'\n''abort'
        return
        ;;
    '--wait')
        return
        ;;
    '--file')
        __teal_add_completions -o plusdirs -fX '!*.@(yml|yaml)'
        return
        ;;
    '-p'|'--project')
        return
        ;;
    '--home')
        __teal_add_completions -d
        return
        ;;
    '--socket')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_scale() {
    repeating_flags=()
    non_repeating_flags=(-n --dry-run --supersede --version -h --help)
    repeating_options=()
    non_repeating_options=(--until --on-cancel --wait --file -p --project --home --socket --output)
    __teal_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--until')
        __teal_add_completions -W 'switched'$'\n''released'$'\n''settled'
        return
        ;;
    '--on-cancel')
        __teal_add_completions -W 'detach'$'\n''abort'
        return
        ;;
    '--wait')
        return
        ;;
    '--file')
        __teal_add_completions -o plusdirs -fX '!*.@(yml|yaml)'
        return
        ;;
    '-p'|'--project')
        return
        ;;
    '--home')
        __teal_add_completions -d
        return
        ;;
    '--socket')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_adopt() {
    repeating_flags=()
    non_repeating_flags=(-n --plan --dry-run --yes --trust --version -h --help)
    repeating_options=(--container --active)
    non_repeating_options=(-e --environment --file --compose --home --socket --output)
    __teal_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--container')
        return
        ;;
    '--active')
        return
        ;;
    '-e'|'--environment')
        return
        ;;
    '--file')
        __teal_add_completions -f
        return
        ;;
    '--compose')
        __teal_add_completions -o plusdirs -fX '!*.@(yml|yaml)'
        return
        ;;
    '--home')
        __teal_add_completions -d
        return
        ;;
    '--socket')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_resume() {
    repeating_flags=()
    non_repeating_flags=(--done --again --supersede --version -h --help)
    repeating_options=()
    non_repeating_options=(--until --on-cancel --wait --file -p --project --home --socket --output)
    __teal_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--until')
        __teal_add_completions -W 'switched'$'\n''released'$'\n''settled'
        return
        ;;
    '--on-cancel')
        __teal_add_completions -W 'detach'$'\n''abort'
        return
        ;;
    '--wait')
        return
        ;;
    '--file')
        __teal_add_completions -o plusdirs -fX '!*.@(yml|yaml)'
        return
        ;;
    '-p'|'--project')
        return
        ;;
    '--home')
        __teal_add_completions -d
        return
        ;;
    '--socket')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_abort() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--file -p --project --home --socket --output)
    __teal_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--file')
        __teal_add_completions -o plusdirs -fX '!*.@(yml|yaml)'
        return
        ;;
    '-p'|'--project')
        return
        ;;
    '--home')
        __teal_add_completions -d
        return
        ;;
    '--socket')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_attach() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--until --file -p --project --home --socket --output)
    __teal_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--until')
        __teal_add_completions -W 'switched'$'\n''released'$'\n''settled'
        return
        ;;
    '--file')
        __teal_add_completions -o plusdirs -fX '!*.@(yml|yaml)'
        return
        ;;
    '-p'|'--project')
        return
        ;;
    '--home')
        __teal_add_completions -d
        return
        ;;
    '--socket')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_accessory() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __teal_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    start|stop|restart|logs|exec|upgrade)
        # Offer subcommand argument completions
        "_teal_accessory_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'start stop restart logs exec upgrade' -- "${cur}"))
        ;;
    esac
}

_teal_accessory_start() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--file -p --project --home --socket --output)
    __teal_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--file')
        __teal_add_completions -o plusdirs -fX '!*.@(yml|yaml)'
        return
        ;;
    '-p'|'--project')
        return
        ;;
    '--home')
        __teal_add_completions -d
        return
        ;;
    '--socket')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_accessory_stop() {
    repeating_flags=()
    non_repeating_flags=(--yes -y --version -h --help)
    repeating_options=()
    non_repeating_options=(--file -p --project --home --socket --output)
    __teal_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--file')
        __teal_add_completions -o plusdirs -fX '!*.@(yml|yaml)'
        return
        ;;
    '-p'|'--project')
        return
        ;;
    '--home')
        __teal_add_completions -d
        return
        ;;
    '--socket')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_accessory_restart() {
    repeating_flags=()
    non_repeating_flags=(--yes -y --version -h --help)
    repeating_options=()
    non_repeating_options=(--file -p --project --home --socket --output)
    __teal_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--file')
        __teal_add_completions -o plusdirs -fX '!*.@(yml|yaml)'
        return
        ;;
    '-p'|'--project')
        return
        ;;
    '--home')
        __teal_add_completions -d
        return
        ;;
    '--socket')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_accessory_logs() {
    repeating_flags=()
    non_repeating_flags=(--follow -f --version -h --help)
    repeating_options=()
    non_repeating_options=(-n --tail --file -p --project --home --socket --output)
    __teal_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '-n'|'--tail')
        return
        ;;
    '--file')
        __teal_add_completions -o plusdirs -fX '!*.@(yml|yaml)'
        return
        ;;
    '-p'|'--project')
        return
        ;;
    '--home')
        __teal_add_completions -d
        return
        ;;
    '--socket')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_accessory_exec() {
    repeating_flags=()
    non_repeating_flags=(--interactive -i --no-input --version -h --help)
    repeating_options=()
    non_repeating_options=(--replica --timeout --file -p --project --home --socket --output)
    __teal_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--replica')
        return
        ;;
    '--timeout')
        return
        ;;
    '--file')
        __teal_add_completions -o plusdirs -fX '!*.@(yml|yaml)'
        return
        ;;
    '-p'|'--project')
        return
        ;;
    '--home')
        __teal_add_completions -d
        return
        ;;
    '--socket')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_accessory_upgrade() {
    repeating_flags=()
    non_repeating_flags=(-n --dry-run --yes -y --host-images --supersede --version -h --help)
    repeating_options=()
    non_repeating_options=(-e --environment --until --on-cancel --wait --file --home --socket --output)
    __teal_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '-e'|'--environment')
        return
        ;;
    '--until')
        __teal_add_completions -W 'switched'$'\n''released'$'\n''settled'
        return
        ;;
    '--on-cancel')
        __teal_add_completions -W 'detach'$'\n''abort'
        return
        ;;
    '--wait')
        return
        ;;
    '--file')
        __teal_add_completions -f
        return
        ;;
    '--home')
        __teal_add_completions -d
        return
        ;;
    '--socket')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_status() {
    repeating_flags=()
    non_repeating_flags=(--all --version -h --help)
    repeating_options=()
    non_repeating_options=(--file -p --project --home --socket --output)
    __teal_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--file')
        __teal_add_completions -o plusdirs -fX '!*.@(yml|yaml)'
        return
        ;;
    '-p'|'--project')
        return
        ;;
    '--home')
        __teal_add_completions -d
        return
        ;;
    '--socket')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_history() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-n --limit --file -p --project --home --socket --output)
    __teal_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '-n'|'--limit')
        return
        ;;
    '--file')
        __teal_add_completions -o plusdirs -fX '!*.@(yml|yaml)'
        return
        ;;
    '-p'|'--project')
        return
        ;;
    '--home')
        __teal_add_completions -d
        return
        ;;
    '--socket')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_logs() {
    repeating_flags=()
    non_repeating_flags=(--follow -f --version -h --help)
    repeating_options=()
    non_repeating_options=(-n --tail --replica --file -p --project --home --socket --output)
    __teal_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '-n'|'--tail')
        return
        ;;
    '--replica')
        return
        ;;
    '--file')
        __teal_add_completions -o plusdirs -fX '!*.@(yml|yaml)'
        return
        ;;
    '-p'|'--project')
        return
        ;;
    '--home')
        __teal_add_completions -d
        return
        ;;
    '--socket')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_health() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--file -p --project --home --socket --output)
    __teal_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--file')
        __teal_add_completions -o plusdirs -fX '!*.@(yml|yaml)'
        return
        ;;
    '-p'|'--project')
        return
        ;;
    '--home')
        __teal_add_completions -d
        return
        ;;
    '--socket')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_stats() {
    repeating_flags=()
    non_repeating_flags=(--all --version -h --help)
    repeating_options=()
    non_repeating_options=(--file -p --project --home --socket --output)
    __teal_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--file')
        __teal_add_completions -o plusdirs -fX '!*.@(yml|yaml)'
        return
        ;;
    '-p'|'--project')
        return
        ;;
    '--home')
        __teal_add_completions -d
        return
        ;;
    '--socket')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_exec() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--replica --timeout --file -p --project --home --socket --output)
    __teal_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--replica')
        return
        ;;
    '--timeout')
        return
        ;;
    '--file')
        __teal_add_completions -o plusdirs -fX '!*.@(yml|yaml)'
        return
        ;;
    '-p'|'--project')
        return
        ;;
    '--home')
        __teal_add_completions -d
        return
        ;;
    '--socket')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_serve() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=(--listen --internal-listen --nginx-site)
    non_repeating_options=(--home --socket --switch --docker-socket --docker-subnets --nginx --nginx-conf --nginx-pid --nginx-include --nginx-log --nginx-status --nginx-probe)
    __teal_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--home')
        return
        ;;
    '--socket')
        return
        ;;
    '--switch')
        __teal_add_completions -W 'proxy'$'\n''nginx'
        return
        ;;
    '--listen')
        return
        ;;
    '--internal-listen')
        return
        ;;
    '--docker-socket')
        return
        ;;
    '--docker-subnets')
        return
        ;;
    '--nginx')
        __teal_add_completions -f
        return
        ;;
    '--nginx-conf')
        __teal_add_completions -f
        return
        ;;
    '--nginx-pid')
        __teal_add_completions -f
        return
        ;;
    '--nginx-include')
        __teal_add_completions -f
        return
        ;;
    '--nginx-log')
        __teal_add_completions -f
        return
        ;;
    '--nginx-status')
        return
        ;;
    '--nginx-probe')
        return
        ;;
    '--nginx-site')
        return
        ;;
    esac
}

_teal_doctor() {
    repeating_flags=()
    non_repeating_flags=(--fix --yes --version -h --help)
    repeating_options=()
    non_repeating_options=(--home --socket --output)
    __teal_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--home')
        __teal_add_completions -d
        return
        ;;
    '--socket')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_prune() {
    repeating_flags=()
    non_repeating_flags=(--yes -n --dry-run --all --version -h --help)
    repeating_options=()
    non_repeating_options=(--file -p --project --home --socket --output)
    __teal_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--file')
        __teal_add_completions -o plusdirs -fX '!*.@(yml|yaml)'
        return
        ;;
    '-p'|'--project')
        return
        ;;
    '--home')
        __teal_add_completions -d
        return
        ;;
    '--socket')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_version() {
    repeating_flags=()
    non_repeating_flags=(--client --version -h --help)
    repeating_options=()
    non_repeating_options=(--home --socket --output)
    __teal_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--home')
        __teal_add_completions -d
        return
        ;;
    '--socket')
        __teal_add_completions -f
        return
        ;;
    '--output')
        __teal_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac
}

_teal_completions() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __teal_offer_flags_options 1

    # Offer positional completions
    case "${positional_number}" in
    1)
        __teal_add_completions -W 'bash'$'\n''zsh'$'\n''fish'
        return
        ;;
    esac
}

_teal_help() {
    repeating_flags=()
    non_repeating_flags=(--version)
    repeating_options=()
    non_repeating_options=()
    __teal_offer_flags_options -1
}

complete -o filenames -F _teal teal
