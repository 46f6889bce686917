#compdef teal

__teal_complete() {
    local -ar non_empty_completions=("${@:#(|:*)}")
    local -ar empty_completions=("${(M)@:#(|:*)}")
    _describe -V '' non_empty_completions -- empty_completions -P $'\'\''
}

__teal_custom_complete() {
    local -a completions
    completions=("${(@f)"$("${command_name}" "${@}" "${command_line[@]}")"}")
    if [[ "${#completions[@]}" -gt 1 ]]; then
        __teal_complete "${completions[@]:0:-1}"
    fi
}

__teal_cursor_index_in_current_word() {
    if [[ -z "${QIPREFIX}${IPREFIX}${PREFIX}" ]]; then
        printf 0
    else
        printf %s "${#${(z)LBUFFER}[-1]}"
    fi
}

_teal() {
    emulate -RL zsh -G
    setopt extendedglob nullglob numericglobsort
    unsetopt aliases banghist

    local -xr SAP_SHELL=zsh
    local -x SAP_SHELL_VERSION
    SAP_SHELL_VERSION="$(builtin emulate zsh -c 'printf %s "${ZSH_VERSION}"')"
    local -r SAP_SHELL_VERSION

    local context state state_descr line
    local -A opt_args

    local -r command_name="${words[1]}"
    local -ar command_line=("${words[@]}")
    local -ir current_word_index="$((CURRENT - 1))"

    local -i ret=1
    local -ar arg_specs=(
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
        '(-): :->command'
        '(-)*:: :->arg'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0
    case "${state}" in
    command)
        local -ar subcommands=(
            'init:Write a first project file, with every key explained.'
            'import:Make a project'\''s file out of another tool'\''s, and say what became of every key.'
            'validate:Check the project'\''s file, and name everything that is wrong at once.'
            'schema:Print the JSON Schema of the project'\''s file, for editors.'
            'plan:Show what a deploy would do, and change nothing.'
            'compose:Look at Compose files as Teal reads them.'
            'generate:Print files for other programs, made from the project'\''s file.'
            'dev:Work on the project'\''s services on this machine: bring all of it up, and down again.'
            'deploy:Release services, all or none of those that are named.'
            'rollback:Go back to a release that served before.'
            'scale:Change how many replicas of services run.'
            'adopt:Take over containers that run already, without restarting them.'
            'resume:Go on with a rollout that halted at a step whose end is not known.'
            'abort:End a rollout that is under way and take users back.'
            'attach:Watch a rollout that is under way, from its beginning.'
            'accessory:Start, stop, look into and upgrade accessories, such as databases.'
            'status:Say what runs, what a rollback would do, and what is under way.'
            'history:List the releases of a service, or the rollouts of a project.'
            'logs:Show what replicas wrote, with the values of known secrets masked.'
            'health:Probe the active replicas and the routes, now.'
            'stats:Say what replicas use of the host'\''s processors and memory.'
            'exec:Run a command beside a replica, with its environment.'
            'serve:Run the daemon of this host.'
            'doctor:Check that the host is as the records say, and mend what is not.'
            'prune:Remove what no rollback needs.'
            'version:Show the versions of this program and of the daemon.'
            'completions:Print a script that completes commands in a shell.'
            'help:Show subcommand help information.'
        )
        _describe -V subcommand subcommands && ret=0
        ;;
    arg)
        case "${words[1]}" in
        init|import|validate|schema|plan|compose|generate|dev|deploy|rollback|scale|adopt|resume|abort|attach|accessory|status|history|logs|health|stats|exec|serve|doctor|prune|version|completions|help)
            "_teal_${words[1]}" && ret=0
            ;;
        esac
        ;;
    esac

    return "${ret}"
}

_teal_init() {
    local -i ret=1
    local -ar arg_specs=(
        '*--from[A Compose file whose services are released; more than one are laid over each other.]:path:_files -g '\''*.yaml *.yml'\'''
        '--project[The project; the directory'\''s or the Compose project'\''s name without one.]:name:'
        '--service[The first service; with `--from` the one that takes requests.]:name:'
        '--artifact[The directory or tarball that it runs from.]:path:_files'
        '--image[The image that it runs from.]:reference:'
        '--command[The program and its arguments.]:command:'
        '--port[The port that it listens on; 8080 without one.]:port:'
        '--host[The host name that its users ask for.]:name:'
        '--file[The file to write.]:path:_files'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_import() {
    local -i ret=1
    local -ar arg_specs=(
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
        '(-): :->command'
        '(-)*:: :->arg'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0
    case "${state}" in
    command)
        local -ar subcommands=(
            'pm2:Read an ecosystem file of PM2.'
            'kamal:Read Kamal'\''s deploy.yml and the destinations beside it.'
            'procfile:Read a Procfile, and the app.json of Heroku or Dokku.'
        )
        _describe -V subcommand subcommands && ret=0
        ;;
    arg)
        case "${words[1]}" in
        pm2|kamal|procfile)
            "_teal_import_${words[1]}" && ret=0
            ;;
        esac
        ;;
    esac

    return "${ret}"
}

_teal_import_pm2() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        ':file:_files'
        '--no-node[Read a script as data, without running it.]'
        '(-o --file)'{-o,--file}'[The file to write.]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_import_kamal() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        ':file:_files'
        '(-o --file)'{-o,--file}'[The file to write.]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_import_procfile() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        ':file:_files'
        ':app.json:_files'
        '(-o --file)'{-o,--file}'[The file to write.]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_validate() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        '--file[The project'\''s file.]:path:_files'
        '(-e --environment)'{-e,--environment}'[The environment.]:name:'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_schema() {
    local -i ret=1
    local -ar arg_specs=(
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_plan() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        '*:service|group|service=image:'
        '(-e --environment)'{-e,--environment}'[The environment.]:name:'
        '--force[Release services that have not changed, too.]'
        '--git-commit[The commit to record, instead of the checkout'\''s.]:hash:'
        '--create-networks[Make the external networks of Compose files that are missing.]'
        '--take-ports[Take ports of the host over from containers that have them, and stop those.]'
        '--file[The project'\''s file.]:path:_files'
        '--home[The home of the daemon to ask (also TEAL_HOME).]:directory:_files -/'
        '--socket[The socket of the daemon to ask (also TEAL_SOCKET).]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_compose() {
    local -i ret=1
    local -ar arg_specs=(
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
        '(-): :->command'
        '(-)*:: :->arg'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0
    case "${state}" in
    command)
        local -ar subcommands=(
            'config:Print what Compose files come to, or everything that is wrong with them.'
            'report:Say of every key of Compose files what a release of them does with it.'
        )
        _describe -V subcommand subcommands && ret=0
        ;;
    arg)
        case "${words[1]}" in
        config|report)
            "_teal_compose_${words[1]}" && ret=0
            ;;
        esac
        ;;
    esac

    return "${ret}"
}

_teal_compose_config() {
    local -i ret=1
    local -ar ___format=('json')
    local -ar arg_specs=(
        '*'{-f,--file}'[A Compose file, laid over those before it; `-` for standard input.]:path:_files -g '\''*.yaml *.yml'\'''
        '*--env-file[A file with variables, instead of `.env`.]:path:_files'
        '*--profile[A profile to enable; `*` for all.]:name:'
        '--project-directory[What relative paths begin at; the first file'\''s directory without it.]:directory:_files -/'
        '(-p --project-name)'{-p,--project-name}'[The project'\''s name.]:name:'
        '--format[The form of the result.]:json:{__teal_complete "${___format[@]}"}'
        '(-q --quiet)'{-q,--quiet}'[Only check; print no result.]'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_compose_report() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        '*'{-f,--file}'[A Compose file, laid over those before it; `-` for standard input.]:path:_files -g '\''*.yaml *.yml'\'''
        '*--env-file[A file with variables, instead of `.env`.]:path:_files'
        '*--profile[A profile to enable; `*` for all.]:name:'
        '--project-directory[What relative paths begin at; the first file'\''s directory without it.]:directory:_files -/'
        '(-p --project-name)'{-p,--project-name}'[The project'\''s name.]:name:'
        '--project-file[The project'\''s file, where no Compose file is named.]:path:_files -g '\''*.yml *.yaml'\'''
        '(-e --environment)'{-e,--environment}'[The project'\''s environment.]:name:'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_generate() {
    local -i ret=1
    local -ar arg_specs=(
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
        '(-): :->command'
        '(-)*:: :->arg'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0
    case "${state}" in
    command)
        local -ar subcommands=(
            'nginx:Print a whole site of nginx for a service: TLS, security headers, limits, upgrades.'
        )
        _describe -V subcommand subcommands && ret=0
        ;;
    arg)
        case "${words[1]}" in
        nginx)
            "_teal_generate_${words[1]}" && ret=0
            ;;
        esac
        ;;
    esac

    return "${ret}"
}

_teal_generate_nginx() {
    local -i ret=1
    local -ar ___hsts=('off' 'host' 'subdomains' 'preload')
    local -ar arg_specs=(
        ':service:'
        '--file[The project'\''s file.]:path:_files'
        '(-e --environment)'{-e,--environment}'[The environment.]:name:'
        '*--host[A host name instead of those of the service'\''s routes; may be repeated.]:name:'
        '--proxy-pass[The one address that the site leads to.]:address\:port:'
        '--root[Files that are served beside the service'\''s paths.]:directory:'
        '--certificate[The certificate; certbot'\''s of the first host without one.]:path:'
        '--key[The certificate'\''s key; certbot'\''s without one.]:path:'
        '--webroot[Where certbot puts its answers.]:directory:'
        '--hsts[What browsers are told to remember of HTTPS.]:off|host|subdomains|preload:{__teal_complete "${___hsts[@]}"}'
        '--csp[The Content-Security-Policy.]:policy:'
        '--rate[Requests a second from one address; 0 for no limit.]:number:'
        '--burst[How many more may come at once.]:number:'
        '--log-directory[Where the site'\''s own logs go.]:directory:'
        '--probe-port[A port of the loopback where Teal asks in plain HTTP; 0 for none.]:port:'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_dev() {
    local -i ret=1
    local -ar arg_specs=(
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
        '(-): :->command'
        '(-)*:: :->arg'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0
    case "${state}" in
    command)
        local -ar subcommands=(
            'up:Bring the services up, and show what they write until Ctrl-C takes them down.'
            'down:End everything that `teal dev` has started in this directory.'
        )
        _describe -V subcommand subcommands && ret=0
        ;;
    arg)
        case "${words[1]}" in
        up|down)
            "_teal_dev_${words[1]}" && ret=0
            ;;
        esac
        ;;
    esac

    return "${ret}"
}

_teal_dev_up() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        ':profile:'
        '(-d --detach)'{-d,--detach}'[Leave when everything is up; `teal dev down` ends it.]'
        '--port[The proxy'\''s port on 127.0.0.1 (default\: 8080).]:port:'
        '--file[The project'\''s file.]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_dev_down() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        '(-v --volumes)'{-v,--volumes}'[Remove the volumes too, with all that is in them.]'
        '--file[The project'\''s file.]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_deploy() {
    local -i ret=1
    local -ar ___until=('switched' 'released' 'settled')
    local -ar ___on_cancel=('detach' 'abort')
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        '*:service|group|service=image:'
        '(-e --environment)'{-e,--environment}'[The environment.]:name:'
        '--force[Release services that have not changed, too.]'
        '--git-commit[The commit to record, instead of the checkout'\''s.]:hash:'
        '--create-networks[Make the external networks of Compose files that are missing.]'
        '--take-ports[Take ports of the host over from containers that have them, and stop those.]'
        '--until[Return when this is reached; the daemon goes on to the end. Unless said otherwise a rollback returns once users are back (switched), everything else once the watch has passed (released).]:switched|released|settled:{__teal_complete "${___until[@]}"}'
        '--on-cancel[What an interruption means where there is no terminal to ask at.]:detach|abort:{__teal_complete "${___on_cancel[@]}"}'
        '--wait[Wait this long for another rollout that holds a service.]:time:'
        '--supersede[End the wait of the rollout that holds a service, and say what that cuts.]'
        '(-n --dry-run)'{-n,--dry-run}'[Show the plan and change nothing.]'
        '--plan[Release the images and commits that this plan showed, which `teal plan --output json` wrote, and no others.]:path:_files'
        '--host-images[Take the host'\''s copy of an image whose registry gives no answer.]'
        '--rebuild[Build sources anew, also where that was done before.]'
        '--file[The project'\''s file.]:path:_files'
        '--home[The home of the daemon to ask (also TEAL_HOME).]:directory:_files -/'
        '--socket[The socket of the daemon to ask (also TEAL_SOCKET).]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_rollback() {
    local -i ret=1
    local -ar ___until=('switched' 'released' 'settled')
    local -ar ___on_cancel=('detach' 'abort')
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        ':service:'
        ':release:'
        '--with-current-secrets[Give it today'\''s secrets instead of those that it had.]'
        '(-n --dry-run)'{-n,--dry-run}'[Show the plan and change nothing.]'
        '--until[Return when this is reached; the daemon goes on to the end. Unless said otherwise a rollback returns once users are back (switched), everything else once the watch has passed (released).]:switched|released|settled:{__teal_complete "${___until[@]}"}'
        '--on-cancel[What an interruption means where there is no terminal to ask at.]:detach|abort:{__teal_complete "${___on_cancel[@]}"}'
        '--wait[Wait this long for another rollout that holds a service.]:time:'
        '--supersede[End the wait of the rollout that holds a service, and say what that cuts.]'
        '--file[The project'\''s file.]:path:_files -g '\''*.yml *.yaml'\'''
        '(-p --project)'{-p,--project}'[The project, instead of the one in the file.]:name:'
        '--home[The home of the daemon to ask (also TEAL_HOME).]:directory:_files -/'
        '--socket[The socket of the daemon to ask (also TEAL_SOCKET).]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_scale() {
    local -i ret=1
    local -ar ___until=('switched' 'released' 'settled')
    local -ar ___on_cancel=('detach' 'abort')
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        '*:service=n:'
        '(-n --dry-run)'{-n,--dry-run}'[Show the plan and change nothing.]'
        '--until[Return when this is reached; the daemon goes on to the end. Unless said otherwise a rollback returns once users are back (switched), everything else once the watch has passed (released).]:switched|released|settled:{__teal_complete "${___until[@]}"}'
        '--on-cancel[What an interruption means where there is no terminal to ask at.]:detach|abort:{__teal_complete "${___on_cancel[@]}"}'
        '--wait[Wait this long for another rollout that holds a service.]:time:'
        '--supersede[End the wait of the rollout that holds a service, and say what that cuts.]'
        '--file[The project'\''s file.]:path:_files -g '\''*.yml *.yaml'\'''
        '(-p --project)'{-p,--project}'[The project, instead of the one in the file.]:name:'
        '--home[The home of the daemon to ask (also TEAL_HOME).]:directory:_files -/'
        '--socket[The socket of the daemon to ask (also TEAL_SOCKET).]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_adopt() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        '*:service|group:'
        '(-n --plan --dry-run)'{-n,--plan,--dry-run}'[Only show what was found and what would be recorded.]'
        '--yes[Do it without asking.]'
        '--trust[Adopt also what does not pass its health gate\: you vouch for it.]'
        '*--container[The container of a service, or its name without `-blue` and `-green`; may be repeated.]:service=name:'
        '*--active[Which of two containers is active, where nothing else says it; may be repeated.]:service=slot:'
        '(-e --environment)'{-e,--environment}'[The environment.]:name:'
        '--file[The project'\''s file.]:path:_files'
        '--compose[A Compose file with `x-teal`, instead of the project'\''s file.]:path:_files -g '\''*.yml *.yaml'\'''
        '--home[The home of the daemon to ask (also TEAL_HOME).]:directory:_files -/'
        '--socket[The socket of the daemon to ask (also TEAL_SOCKET).]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_resume() {
    local -i ret=1
    local -ar ___until=('switched' 'released' 'settled')
    local -ar ___on_cancel=('detach' 'abort')
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        ':rollout:'
        '--done[The step was done; go on after it.]'
        '--again[The step was not done; do it.]'
        '--until[Return when this is reached; the daemon goes on to the end. Unless said otherwise a rollback returns once users are back (switched), everything else once the watch has passed (released).]:switched|released|settled:{__teal_complete "${___until[@]}"}'
        '--on-cancel[What an interruption means where there is no terminal to ask at.]:detach|abort:{__teal_complete "${___on_cancel[@]}"}'
        '--wait[Wait this long for another rollout that holds a service.]:time:'
        '--supersede[End the wait of the rollout that holds a service, and say what that cuts.]'
        '--file[The project'\''s file.]:path:_files -g '\''*.yml *.yaml'\'''
        '(-p --project)'{-p,--project}'[The project, instead of the one in the file.]:name:'
        '--home[The home of the daemon to ask (also TEAL_HOME).]:directory:_files -/'
        '--socket[The socket of the daemon to ask (also TEAL_SOCKET).]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_abort() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        ':rollout:'
        '--file[The project'\''s file.]:path:_files -g '\''*.yml *.yaml'\'''
        '(-p --project)'{-p,--project}'[The project, instead of the one in the file.]:name:'
        '--home[The home of the daemon to ask (also TEAL_HOME).]:directory:_files -/'
        '--socket[The socket of the daemon to ask (also TEAL_SOCKET).]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_attach() {
    local -i ret=1
    local -ar ___until=('switched' 'released' 'settled')
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        ':rollout:'
        '--until[Return when this is reached.]:switched|released|settled:{__teal_complete "${___until[@]}"}'
        '--file[The project'\''s file.]:path:_files -g '\''*.yml *.yaml'\'''
        '(-p --project)'{-p,--project}'[The project, instead of the one in the file.]:name:'
        '--home[The home of the daemon to ask (also TEAL_HOME).]:directory:_files -/'
        '--socket[The socket of the daemon to ask (also TEAL_SOCKET).]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_accessory() {
    local -i ret=1
    local -ar arg_specs=(
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
        '(-): :->command'
        '(-)*:: :->arg'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0
    case "${state}" in
    command)
        local -ar subcommands=(
            'start:Start accessories that were stopped, and return once they are ready.'
            'stop:Stop accessories and leave them stopped, also after a restart of the daemon or the host.'
            'restart:Stop accessories and start them again as they are; return once they are ready.'
            'logs:Show what accessories wrote, with the values of known secrets masked.'
            'exec:Run a command beside an accessory, with its environment, its input and its outputs.'
            'upgrade:Replace accessories by what the project'\''s file has now, with the gap that this takes.'
        )
        _describe -V subcommand subcommands && ret=0
        ;;
    arg)
        case "${words[1]}" in
        start|stop|restart|logs|exec|upgrade)
            "_teal_accessory_${words[1]}" && ret=0
            ;;
        esac
        ;;
    esac

    return "${ret}"
}

_teal_accessory_start() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        '*:accessory:'
        '--file[The project'\''s file.]:path:_files -g '\''*.yml *.yaml'\'''
        '(-p --project)'{-p,--project}'[The project, instead of the one in the file.]:name:'
        '--home[The home of the daemon to ask (also TEAL_HOME).]:directory:_files -/'
        '--socket[The socket of the daemon to ask (also TEAL_SOCKET).]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_accessory_stop() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        '*:accessory:'
        '(--yes -y)'{--yes,-y}'[Do not ask.]'
        '--file[The project'\''s file.]:path:_files -g '\''*.yml *.yaml'\'''
        '(-p --project)'{-p,--project}'[The project, instead of the one in the file.]:name:'
        '--home[The home of the daemon to ask (also TEAL_HOME).]:directory:_files -/'
        '--socket[The socket of the daemon to ask (also TEAL_SOCKET).]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_accessory_restart() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        '*:accessory:'
        '(--yes -y)'{--yes,-y}'[Do not ask.]'
        '--file[The project'\''s file.]:path:_files -g '\''*.yml *.yaml'\'''
        '(-p --project)'{-p,--project}'[The project, instead of the one in the file.]:name:'
        '--home[The home of the daemon to ask (also TEAL_HOME).]:directory:_files -/'
        '--socket[The socket of the daemon to ask (also TEAL_SOCKET).]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_accessory_logs() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        '*:accessory:'
        '(--follow -f)'{--follow,-f}'[Go on with new lines as they are written.]'
        '(-n --tail)'{-n,--tail}'[Lines from before now, per replica.]:n:'
        '--file[The project'\''s file.]:path:_files -g '\''*.yml *.yaml'\'''
        '(-p --project)'{-p,--project}'[The project, instead of the one in the file.]:name:'
        '--home[The home of the daemon to ask (also TEAL_HOME).]:directory:_files -/'
        '--socket[The socket of the daemon to ask (also TEAL_SOCKET).]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_accessory_exec() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        ':accessory:'
        '--replica[The replica, from 0.]:n:'
        '--timeout[When the command is ended at the latest; an hour unless said otherwise.]:time:'
        '(--interactive -i)'{--interactive,-i}'[Send what is typed at a terminal.]'
        '--no-input[Send no input.]'
        '--file[The project'\''s file.]:path:_files -g '\''*.yml *.yaml'\'''
        '(-p --project)'{-p,--project}'[The project, instead of the one in the file.]:name:'
        '--home[The home of the daemon to ask (also TEAL_HOME).]:directory:_files -/'
        '--socket[The socket of the daemon to ask (also TEAL_SOCKET).]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '*:command:'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_accessory_upgrade() {
    local -i ret=1
    local -ar ___until=('switched' 'released' 'settled')
    local -ar ___on_cancel=('detach' 'abort')
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        '*:accessory|accessory=image:'
        '(-n --dry-run)'{-n,--dry-run}'[Show the plan and change nothing.]'
        '(--yes -y)'{--yes,-y}'[Do not ask.]'
        '(-e --environment)'{-e,--environment}'[The environment.]:name:'
        '--host-images[Take the host'\''s copy of an image whose registry gives no answer.]'
        '--until[Return when this is reached; the daemon goes on to the end. Unless said otherwise a rollback returns once users are back (switched), everything else once the watch has passed (released).]:switched|released|settled:{__teal_complete "${___until[@]}"}'
        '--on-cancel[What an interruption means where there is no terminal to ask at.]:detach|abort:{__teal_complete "${___on_cancel[@]}"}'
        '--wait[Wait this long for another rollout that holds a service.]:time:'
        '--supersede[End the wait of the rollout that holds a service, and say what that cuts.]'
        '--file[The project'\''s file.]:path:_files'
        '--home[The home of the daemon to ask (also TEAL_HOME).]:directory:_files -/'
        '--socket[The socket of the daemon to ask (also TEAL_SOCKET).]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_status() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        ':service:'
        '--all[Every project of the host.]'
        '--file[The project'\''s file.]:path:_files -g '\''*.yml *.yaml'\'''
        '(-p --project)'{-p,--project}'[The project, instead of the one in the file.]:name:'
        '--home[The home of the daemon to ask (also TEAL_HOME).]:directory:_files -/'
        '--socket[The socket of the daemon to ask (also TEAL_SOCKET).]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_history() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        ':service:'
        '(-n --limit)'{-n,--limit}'[The most to list.]:n:'
        '--file[The project'\''s file.]:path:_files -g '\''*.yml *.yaml'\'''
        '(-p --project)'{-p,--project}'[The project, instead of the one in the file.]:name:'
        '--home[The home of the daemon to ask (also TEAL_HOME).]:directory:_files -/'
        '--socket[The socket of the daemon to ask (also TEAL_SOCKET).]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_logs() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        ':service:'
        '(--follow -f)'{--follow,-f}'[Go on with new lines as they are written.]'
        '(-n --tail)'{-n,--tail}'[Lines from before now, per replica.]:n:'
        '--replica[One replica, by its position from 0.]:n:'
        '--file[The project'\''s file.]:path:_files -g '\''*.yml *.yaml'\'''
        '(-p --project)'{-p,--project}'[The project, instead of the one in the file.]:name:'
        '--home[The home of the daemon to ask (also TEAL_HOME).]:directory:_files -/'
        '--socket[The socket of the daemon to ask (also TEAL_SOCKET).]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_health() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        ':service:'
        '--file[The project'\''s file.]:path:_files -g '\''*.yml *.yaml'\'''
        '(-p --project)'{-p,--project}'[The project, instead of the one in the file.]:name:'
        '--home[The home of the daemon to ask (also TEAL_HOME).]:directory:_files -/'
        '--socket[The socket of the daemon to ask (also TEAL_SOCKET).]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_stats() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        ':service:'
        '--all[Every project of the host.]'
        '--file[The project'\''s file.]:path:_files -g '\''*.yml *.yaml'\'''
        '(-p --project)'{-p,--project}'[The project, instead of the one in the file.]:name:'
        '--home[The home of the daemon to ask (also TEAL_HOME).]:directory:_files -/'
        '--socket[The socket of the daemon to ask (also TEAL_SOCKET).]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_exec() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        ':service:'
        '--replica[The replica of the active slot, from 0.]:n:'
        '--timeout[When the command is ended at the latest.]:time:'
        '--file[The project'\''s file.]:path:_files -g '\''*.yml *.yaml'\'''
        '(-p --project)'{-p,--project}'[The project, instead of the one in the file.]:name:'
        '--home[The home of the daemon to ask (also TEAL_HOME).]:directory:_files -/'
        '--socket[The socket of the daemon to ask (also TEAL_SOCKET).]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '*:command:'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_serve() {
    local -i ret=1
    local -ar ___switch=('proxy' 'nginx')
    local -ar arg_specs=(
        '--home[The directory for everything that is written (also TEAL_HOME).]:directory:'
        '--socket[Where the API'\''s socket is made (also TEAL_SOCKET).]:path:'
        '--switch[What moves the traffic (also TEAL_SWITCH; default\: proxy).]:proxy|nginx:{__teal_complete "${___switch[@]}"}'
        '*--listen[A public address of the switch; may be repeated.]:address\:port:'
        '*--internal-listen[An internal address of the switch; may be repeated.]:address\:port:'
        '--docker-socket[The Docker Engine'\''s socket (also TEAL_DOCKER_SOCKET and DOCKER_HOST); Podman'\''s works as well.]:path:'
        '--docker-subnets[The addresses that networks of projects are made of (also TEAL_DOCKER_SUBNETS).]:address/bits:'
        '--nginx[With nginx\: its program (default\: /usr/sbin/nginx).]:path:_files'
        '--nginx-conf[With nginx\: the file it was started with (default\: /etc/nginx/nginx.conf).]:path:_files'
        '--nginx-pid[With nginx\: where its master process writes its number (default\: /run/nginx.pid).]:path:_files'
        '--nginx-include[With nginx\: Teal'\''s own file, which the configuration includes inside `http` (default\: /etc/nginx/conf.d/teal.conf).]:path:_files'
        '--nginx-log[With nginx\: where it notes requests for Teal (default\: /var/log/nginx/teal.log).]:path:_files'
        '--nginx-status[With nginx\: a loopback address at which it says which table it follows (default\: 127.0.0.1\:7079).]:address\:port:'
        '--nginx-probe[With nginx\: a plain address of a site, for Teal'\''s own requests through the public route.]:address\:port:'
        '*--nginx-site[With nginx\: the site of a service in which Teal rewrites the one line that leads to it; may be repeated.]:project/service=path:'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_doctor() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        '--fix[Mend what can be mended.]'
        '--yes[Do it without asking.]'
        '--home[The home of the daemon to ask (also TEAL_HOME).]:directory:_files -/'
        '--socket[The socket of the daemon to ask (also TEAL_SOCKET).]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_prune() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        '--yes[Do it without asking.]'
        '(-n --dry-run)'{-n,--dry-run}'[Only show what would be removed.]'
        '--all[Every project of the host.]'
        '--file[The project'\''s file.]:path:_files -g '\''*.yml *.yaml'\'''
        '(-p --project)'{-p,--project}'[The project, instead of the one in the file.]:name:'
        '--home[The home of the daemon to ask (also TEAL_HOME).]:directory:_files -/'
        '--socket[The socket of the daemon to ask (also TEAL_SOCKET).]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_version() {
    local -i ret=1
    local -ar ___output=('text' 'json')
    local -ar arg_specs=(
        '--client[Only this program'\''s.]'
        '--home[The home of the daemon to ask (also TEAL_HOME).]:directory:_files -/'
        '--socket[The socket of the daemon to ask (also TEAL_SOCKET).]:path:_files'
        '--output[How results are written.]:text|json:{__teal_complete "${___output[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_completions() {
    local -i ret=1
    local -ar _bash|zsh|fish=('bash' 'zsh' 'fish')
    local -ar arg_specs=(
        ':bash|zsh|fish:{__teal_complete "${_bash|zsh|fish[@]}"}'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

_teal_help() {
    local -i ret=1
    local -ar arg_specs=(
        '*:subcommands:'
        '--version[Show the version.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}

if [[ "${funcstack[1]}" = _teal ]]; then
    _teal "${@}"
else
    compdef _teal teal
fi
