function __teal_should_offer_completions_for_flags_or_options -a expected_commands
    set -l non_repeating_flags_or_options $argv[2..]
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __teal_parse_tokens
    test "$commands" = "$expected_commands"; and return $non_repeating_flags_or_options_absent
end

function __teal_should_offer_completions_for_positional -a expected_commands positional_index_comparison expected_positional_index
    set -l non_repeating_flags_or_options
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __teal_parse_tokens
    test "$commands" = "$expected_commands" -a \( "$positional_index" "$positional_index_comparison" "$expected_positional_index" \)
end

function __teal_parse_tokens -S
    set -l unparsed_tokens (__teal_tokens -pc)
    switch $unparsed_tokens[1]
    case 'teal'
        __teal_parse_subcommand 0 'version' 'h/help'
        switch $unparsed_tokens[1]
        case 'init'
            __teal_parse_subcommand 0 'from=+' 'project=' 'service=' 'artifact=' 'image=' 'command=' 'port=' 'host=' 'file=' 'version' 'h/help'
        case 'import'
            __teal_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'pm2'
                __teal_parse_subcommand 1 'no-node' 'o/file=' 'output=' 'version' 'h/help'
            case 'kamal'
                __teal_parse_subcommand 1 'o/file=' 'output=' 'version' 'h/help'
            case 'procfile'
                __teal_parse_subcommand 2 'o/file=' 'output=' 'version' 'h/help'
            end
        case 'validate'
            __teal_parse_subcommand 0 'file=' 'e/environment=' 'output=' 'version' 'h/help'
        case 'schema'
            __teal_parse_subcommand 0 'version' 'h/help'
        case 'plan'
            __teal_parse_subcommand -r 1 'e/environment=' 'force' 'git-commit=' 'create-networks' 'take-ports' 'file=' 'home=' 'socket=' 'output=' 'version' 'h/help'
        case 'compose'
            __teal_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'config'
                __teal_parse_subcommand 0 'f/file=+' 'env-file=+' 'profile=+' 'project-directory=' 'p/project-name=' 'format=' 'q/quiet' 'version' 'h/help'
            case 'report'
                __teal_parse_subcommand 0 'f/file=+' 'env-file=+' 'profile=+' 'project-directory=' 'p/project-name=' 'project-file=' 'e/environment=' 'output=' 'version' 'h/help'
            end
        case 'generate'
            __teal_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'nginx'
                __teal_parse_subcommand 1 'file=' 'e/environment=' 'host=+' 'proxy-pass=' 'root=' 'certificate=' 'key=' 'webroot=' 'hsts=' 'csp=' 'rate=' 'burst=' 'log-directory=' 'probe-port=' 'version' 'h/help'
            end
        case 'dev'
            __teal_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'up'
                __teal_parse_subcommand 1 'd/detach' 'port=' 'file=' 'output=' 'version' 'h/help'
            case 'down'
                __teal_parse_subcommand 0 'v/volumes' 'file=' 'output=' 'version' 'h/help'
            end
        case 'deploy'
            __teal_parse_subcommand -r 1 'e/environment=' 'force' 'git-commit=' 'create-networks' 'take-ports' 'until=' 'on-cancel=' 'wait=' 'supersede' 'n/dry-run' 'plan=' 'host-images' 'rebuild' 'file=' 'home=' 'socket=' 'output=' 'version' 'h/help'
        case 'rollback'
            __teal_parse_subcommand 2 'with-current-secrets' 'n/dry-run' 'until=' 'on-cancel=' 'wait=' 'supersede' 'file=' 'p/project=' 'home=' 'socket=' 'output=' 'version' 'h/help'
        case 'scale'
            __teal_parse_subcommand -r 1 'n/dry-run' 'until=' 'on-cancel=' 'wait=' 'supersede' 'file=' 'p/project=' 'home=' 'socket=' 'output=' 'version' 'h/help'
        case 'adopt'
            __teal_parse_subcommand -r 1 'n/plan' 'yes' 'trust' 'container=+' 'active=+' 'e/environment=' 'file=' 'compose=' 'home=' 'socket=' 'output=' 'version' 'h/help'
        case 'resume'
            __teal_parse_subcommand 1 'done' 'again' 'until=' 'on-cancel=' 'wait=' 'supersede' 'file=' 'p/project=' 'home=' 'socket=' 'output=' 'version' 'h/help'
        case 'abort'
            __teal_parse_subcommand 1 'file=' 'p/project=' 'home=' 'socket=' 'output=' 'version' 'h/help'
        case 'attach'
            __teal_parse_subcommand 1 'until=' 'file=' 'p/project=' 'home=' 'socket=' 'output=' 'version' 'h/help'
        case 'accessory'
            __teal_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'start'
                __teal_parse_subcommand -r 1 'file=' 'p/project=' 'home=' 'socket=' 'output=' 'version' 'h/help'
            case 'stop'
                __teal_parse_subcommand -r 1 'y/yes' 'file=' 'p/project=' 'home=' 'socket=' 'output=' 'version' 'h/help'
            case 'restart'
                __teal_parse_subcommand -r 1 'y/yes' 'file=' 'p/project=' 'home=' 'socket=' 'output=' 'version' 'h/help'
            case 'logs'
                __teal_parse_subcommand -r 1 'f/follow' 'n/tail=' 'file=' 'p/project=' 'home=' 'socket=' 'output=' 'version' 'h/help'
            case 'exec'
                __teal_parse_subcommand -r 2 'replica=' 'timeout=' 'i/interactive' 'no-input' 'file=' 'p/project=' 'home=' 'socket=' 'output=' 'version' 'h/help'
            case 'upgrade'
                __teal_parse_subcommand -r 1 'n/dry-run' 'y/yes' 'e/environment=' 'host-images' 'until=' 'on-cancel=' 'wait=' 'supersede' 'file=' 'home=' 'socket=' 'output=' 'version' 'h/help'
            end
        case 'status'
            __teal_parse_subcommand 1 'all' 'file=' 'p/project=' 'home=' 'socket=' 'output=' 'version' 'h/help'
        case 'history'
            __teal_parse_subcommand 1 'n/limit=' 'file=' 'p/project=' 'home=' 'socket=' 'output=' 'version' 'h/help'
        case 'logs'
            __teal_parse_subcommand 1 'f/follow' 'n/tail=' 'replica=' 'file=' 'p/project=' 'home=' 'socket=' 'output=' 'version' 'h/help'
        case 'health'
            __teal_parse_subcommand 1 'file=' 'p/project=' 'home=' 'socket=' 'output=' 'version' 'h/help'
        case 'stats'
            __teal_parse_subcommand 1 'all' 'file=' 'p/project=' 'home=' 'socket=' 'output=' 'version' 'h/help'
        case 'exec'
            __teal_parse_subcommand -r 2 'replica=' 'timeout=' 'file=' 'p/project=' 'home=' 'socket=' 'output=' 'version' 'h/help'
        case 'serve'
            __teal_parse_subcommand 0 'home=' 'socket=' 'switch=' 'listen=+' 'internal-listen=+' 'docker-socket=' 'docker-subnets=' 'nginx=' 'nginx-conf=' 'nginx-pid=' 'nginx-include=' 'nginx-log=' 'nginx-status=' 'nginx-probe=' 'nginx-site=+' 'version' 'h/help'
        case 'doctor'
            __teal_parse_subcommand 0 'fix' 'yes' 'home=' 'socket=' 'output=' 'version' 'h/help'
        case 'prune'
            __teal_parse_subcommand 0 'yes' 'n/dry-run' 'all' 'file=' 'p/project=' 'home=' 'socket=' 'output=' 'version' 'h/help'
        case 'version'
            __teal_parse_subcommand 0 'client' 'home=' 'socket=' 'output=' 'version' 'h/help'
        case 'completions'
            __teal_parse_subcommand 1 'version' 'h/help'
        case 'help'
            __teal_parse_subcommand -r 1 'version'
        end
    end
end

function __teal_tokens
    if test (string split -m 1 -f 1 -- . "$FISH_VERSION") -gt 3
        commandline --tokens-raw $argv
    else
        commandline -o $argv
    end
end

function __teal_parse_subcommand -S -a positional_count
    argparse -s r -- $argv
    set -l option_specs $argv[2..]
    set -l is_repeating_positional $_flag_r
    set -el _flag_r
    set -a commands $unparsed_tokens[1]
    set positional_index 0
    while true
        set -e unparsed_tokens[1]
        argparse -sn "$commands" $option_specs -- $unparsed_tokens 2> /dev/null
        set unparsed_tokens $argv
        set positional_index (math $positional_index + 1)
        for non_repeating_flag_or_option in $non_repeating_flags_or_options
            if set -ql "_flag_$(string replace -a - _ -- $non_repeating_flag_or_option)"
                set non_repeating_flags_or_options_absent 1
                break
            end
        end
        test (count $unparsed_tokens) -eq 0 -o \( -z "$is_repeating_positional" -a "$positional_index" -gt "$positional_count" \) && break
    end
end

function __teal_complete_directories
    set -l token (commandline -t)
    string match -- '*/' $token
    set -l subdirs $token*/
    printf %s\n $subdirs
end

function __teal_custom_completion
    set -x SAP_SHELL fish
    set -x SAP_SHELL_VERSION $FISH_VERSION
    set -l tokens (__teal_tokens -p)
    if test -z "$(__teal_tokens -t)"
        set -l index (count (__teal_tokens -pc))
        set tokens $tokens[..$index] \'\' $tokens[(math $index + 1)..]
    end
    command $tokens[1] $argv $tokens
end

complete -c 'teal' -f
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'init' -d 'Write a first project file, with every key explained.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'import' -d 'Make a project\'s file out of another tool\'s, and say what became of every key.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'validate' -d 'Check the project\'s file, and name everything that is wrong at once.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'schema' -d 'Print the JSON Schema of the project\'s file, for editors.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'plan' -d 'Show what a deploy would do, and change nothing.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'compose' -d 'Look at Compose files as Teal reads them.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'generate' -d 'Print files for other programs, made from the project\'s file.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'dev' -d 'Work on the project\'s services on this machine: bring all of it up, and down again.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'deploy' -d 'Release services, all or none of those that are named.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'rollback' -d 'Go back to a release that served before.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'scale' -d 'Change how many replicas of services run.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'adopt' -d 'Take over containers that run already, without restarting them.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'resume' -d 'Go on with a rollout that halted at a step whose end is not known.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'abort' -d 'End a rollout that is under way and take users back.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'attach' -d 'Watch a rollout that is under way, from its beginning.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'accessory' -d 'Start, stop, look into and upgrade accessories, such as databases.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'status' -d 'Say what runs, what a rollback would do, and what is under way.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'history' -d 'List the releases of a service, or the rollouts of a project.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'logs' -d 'Show what replicas wrote, with the values of known secrets masked.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'health' -d 'Probe the active replicas and the routes, now.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'stats' -d 'Say what replicas use of the host\'s processors and memory.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'exec' -d 'Run a command beside a replica, with its environment.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'serve' -d 'Run the daemon of this host.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'doctor' -d 'Check that the host is as the records say, and mend what is not.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'prune' -d 'Remove what no rollback needs.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'version' -d 'Show the versions of this program and of the daemon.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'completions' -d 'Print a script that completes commands in a shell.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal" -eq 1' -fa 'help' -d 'Show subcommand help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal init"' -l 'from' -d 'A Compose file whose services are released; more than one are laid over each other.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal init" project' -l 'project' -d 'The project; the directory\'s or the Compose project\'s name without one.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal init" service' -l 'service' -d 'The first service; with `--from` the one that takes requests.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal init" artifact' -l 'artifact' -d 'The directory or tarball that it runs from.' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal init" image' -l 'image' -d 'The image that it runs from.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal init" command' -l 'command' -d 'The program and its arguments.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal init" port' -l 'port' -d 'The port that it listens on; 8080 without one.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal init" host' -l 'host' -d 'The host name that its users ask for.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal init" file' -l 'file' -d 'The file to write.' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal init" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal init" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal import" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal import" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal import" -eq 1' -fa 'pm2' -d 'Read an ecosystem file of PM2.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal import" -eq 1' -fa 'kamal' -d 'Read Kamal\'s deploy.yml and the destinations beside it.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal import" -eq 1' -fa 'procfile' -d 'Read a Procfile, and the app.json of Heroku or Dokku.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal import pm2" -eq 1' -F
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal import pm2" no-node' -l 'no-node' -d 'Read a script as data, without running it.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal import pm2" file o' -s 'o' -l 'file' -d 'The file to write.' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal import pm2" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal import pm2" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal import pm2" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal import kamal" -eq 1' -F
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal import kamal" file o' -s 'o' -l 'file' -d 'The file to write.' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal import kamal" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal import kamal" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal import kamal" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal import procfile" -eq 1' -F
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal import procfile" -eq 2' -F
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal import procfile" file o' -s 'o' -l 'file' -d 'The file to write.' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal import procfile" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal import procfile" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal import procfile" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal validate" file' -l 'file' -d 'The project\'s file.' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal validate" e environment' -s 'e' -l 'environment' -d 'The environment.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal validate" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal validate" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal validate" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal schema" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal schema" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal plan" e environment' -s 'e' -l 'environment' -d 'The environment.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal plan" force' -l 'force' -d 'Release services that have not changed, too.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal plan" git-commit' -l 'git-commit' -d 'The commit to record, instead of the checkout\'s.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal plan" create-networks' -l 'create-networks' -d 'Make the external networks of Compose files that are missing.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal plan" take-ports' -l 'take-ports' -d 'Take ports of the host over from containers that have them, and stop those.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal plan" file' -l 'file' -d 'The project\'s file.' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal plan" home' -l 'home' -d 'The home of the daemon to ask (also TEAL_HOME).' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal plan" socket' -l 'socket' -d 'The socket of the daemon to ask (also TEAL_SOCKET).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal plan" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal plan" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal plan" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal compose" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal compose" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal compose" -eq 1' -fa 'config' -d 'Print what Compose files come to, or everything that is wrong with them.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal compose" -eq 1' -fa 'report' -d 'Say of every key of Compose files what a release of them does with it.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal compose config"' -s 'f' -l 'file' -d 'A Compose file, laid over those before it; `-` for standard input.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal compose config"' -l 'env-file' -d 'A file with variables, instead of `.env`.' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal compose config"' -l 'profile' -d 'A profile to enable; `*` for all.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal compose config" project-directory' -l 'project-directory' -d 'What relative paths begin at; the first file\'s directory without it.' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal compose config" p project-name' -s 'p' -l 'project-name' -d 'The project\'s name.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal compose config" format' -l 'format' -d 'The form of the result.' -rfka 'json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal compose config" q quiet' -s 'q' -l 'quiet' -d 'Only check; print no result.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal compose config" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal compose config" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal compose report"' -s 'f' -l 'file' -d 'A Compose file, laid over those before it; `-` for standard input.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal compose report"' -l 'env-file' -d 'A file with variables, instead of `.env`.' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal compose report"' -l 'profile' -d 'A profile to enable; `*` for all.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal compose report" project-directory' -l 'project-directory' -d 'What relative paths begin at; the first file\'s directory without it.' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal compose report" p project-name' -s 'p' -l 'project-name' -d 'The project\'s name.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal compose report" project-file' -l 'project-file' -d 'The project\'s file, where no Compose file is named.' -rfa '(set -l exts \'yml\' \'yaml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal compose report" e environment' -s 'e' -l 'environment' -d 'The project\'s environment.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal compose report" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal compose report" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal compose report" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal generate" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal generate" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal generate" -eq 1' -fa 'nginx' -d 'Print a whole site of nginx for a service: TLS, security headers, limits, upgrades.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal generate nginx" file' -l 'file' -d 'The project\'s file.' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal generate nginx" e environment' -s 'e' -l 'environment' -d 'The environment.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal generate nginx"' -l 'host' -d 'A host name instead of those of the service\'s routes; may be repeated.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal generate nginx" proxy-pass' -l 'proxy-pass' -d 'The one address that the site leads to.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal generate nginx" root' -l 'root' -d 'Files that are served beside the service\'s paths.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal generate nginx" certificate' -l 'certificate' -d 'The certificate; certbot\'s of the first host without one.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal generate nginx" key' -l 'key' -d 'The certificate\'s key; certbot\'s without one.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal generate nginx" webroot' -l 'webroot' -d 'Where certbot puts its answers.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal generate nginx" hsts' -l 'hsts' -d 'What browsers are told to remember of HTTPS.' -rfka 'off host subdomains preload'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal generate nginx" csp' -l 'csp' -d 'The Content-Security-Policy.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal generate nginx" rate' -l 'rate' -d 'Requests a second from one address; 0 for no limit.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal generate nginx" burst' -l 'burst' -d 'How many more may come at once.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal generate nginx" log-directory' -l 'log-directory' -d 'Where the site\'s own logs go.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal generate nginx" probe-port' -l 'probe-port' -d 'A port of the loopback where Teal asks in plain HTTP; 0 for none.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal generate nginx" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal generate nginx" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal dev" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal dev" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal dev" -eq 1' -fa 'up' -d 'Bring the services up, and show what they write until Ctrl-C takes them down.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal dev" -eq 1' -fa 'down' -d 'End everything that `teal dev` has started in this directory.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal dev up" d detach' -s 'd' -l 'detach' -d 'Leave when everything is up; `teal dev down` ends it.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal dev up" port' -l 'port' -d 'The proxy\'s port on 127.0.0.1 (default: 8080).' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal dev up" file' -l 'file' -d 'The project\'s file.' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal dev up" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal dev up" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal dev up" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal dev down" v volumes' -s 'v' -l 'volumes' -d 'Remove the volumes too, with all that is in them.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal dev down" file' -l 'file' -d 'The project\'s file.' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal dev down" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal dev down" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal dev down" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal deploy" e environment' -s 'e' -l 'environment' -d 'The environment.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal deploy" force' -l 'force' -d 'Release services that have not changed, too.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal deploy" git-commit' -l 'git-commit' -d 'The commit to record, instead of the checkout\'s.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal deploy" create-networks' -l 'create-networks' -d 'Make the external networks of Compose files that are missing.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal deploy" take-ports' -l 'take-ports' -d 'Take ports of the host over from containers that have them, and stop those.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal deploy" until' -l 'until' -d 'Return when this is reached; the daemon goes on to the end. Unless said otherwise a rollback returns once users are back (switched), everything else once the watch has passed (released).' -rfka 'switched released settled'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal deploy" on-cancel' -l 'on-cancel' -d 'What an interruption means where there is no terminal to ask at.' -rfka 'detach abort'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal deploy" wait' -l 'wait' -d 'Wait this long for another rollout that holds a service.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal deploy" supersede' -l 'supersede' -d 'End the wait of the rollout that holds a service, and say what that cuts.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal deploy" dry-run n' -s 'n' -l 'dry-run' -d 'Show the plan and change nothing.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal deploy" plan' -l 'plan' -d 'Release the images and commits that this plan showed, which `teal plan --output json` wrote, and no others.' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal deploy" host-images' -l 'host-images' -d 'Take the host\'s copy of an image whose registry gives no answer.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal deploy" rebuild' -l 'rebuild' -d 'Build sources anew, also where that was done before.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal deploy" file' -l 'file' -d 'The project\'s file.' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal deploy" home' -l 'home' -d 'The home of the daemon to ask (also TEAL_HOME).' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal deploy" socket' -l 'socket' -d 'The socket of the daemon to ask (also TEAL_SOCKET).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal deploy" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal deploy" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal deploy" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal rollback" with-current-secrets' -l 'with-current-secrets' -d 'Give it today\'s secrets instead of those that it had.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal rollback" dry-run n' -s 'n' -l 'dry-run' -d 'Show the plan and change nothing.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal rollback" until' -l 'until' -d 'Return when this is reached; the daemon goes on to the end. Unless said otherwise a rollback returns once users are back (switched), everything else once the watch has passed (released).' -rfka 'switched released settled'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal rollback" on-cancel' -l 'on-cancel' -d 'What an interruption means where there is no terminal to ask at.' -rfka 'detach abort'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal rollback" wait' -l 'wait' -d 'Wait this long for another rollout that holds a service.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal rollback" supersede' -l 'supersede' -d 'End the wait of the rollout that holds a service, and say what that cuts.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal rollback" file' -l 'file' -d 'The project\'s file.' -rfa '(set -l exts \'yml\' \'yaml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal rollback" p project' -s 'p' -l 'project' -d 'The project, instead of the one in the file.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal rollback" home' -l 'home' -d 'The home of the daemon to ask (also TEAL_HOME).' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal rollback" socket' -l 'socket' -d 'The socket of the daemon to ask (also TEAL_SOCKET).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal rollback" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal rollback" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal rollback" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal scale" dry-run n' -s 'n' -l 'dry-run' -d 'Show the plan and change nothing.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal scale" until' -l 'until' -d 'Return when this is reached; the daemon goes on to the end. Unless said otherwise a rollback returns once users are back (switched), everything else once the watch has passed (released).' -rfka 'switched released settled'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal scale" on-cancel' -l 'on-cancel' -d 'What an interruption means where there is no terminal to ask at.' -rfka 'detach abort'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal scale" wait' -l 'wait' -d 'Wait this long for another rollout that holds a service.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal scale" supersede' -l 'supersede' -d 'End the wait of the rollout that holds a service, and say what that cuts.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal scale" file' -l 'file' -d 'The project\'s file.' -rfa '(set -l exts \'yml\' \'yaml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal scale" p project' -s 'p' -l 'project' -d 'The project, instead of the one in the file.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal scale" home' -l 'home' -d 'The home of the daemon to ask (also TEAL_HOME).' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal scale" socket' -l 'socket' -d 'The socket of the daemon to ask (also TEAL_SOCKET).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal scale" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal scale" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal scale" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal adopt" dry-run n plan' -s 'n' -l 'plan' -l 'dry-run' -d 'Only show what was found and what would be recorded.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal adopt" yes' -l 'yes' -d 'Do it without asking.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal adopt" trust' -l 'trust' -d 'Adopt also what does not pass its health gate: you vouch for it.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal adopt"' -l 'container' -d 'The container of a service, or its name without `-blue` and `-green`; may be repeated.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal adopt"' -l 'active' -d 'Which of two containers is active, where nothing else says it; may be repeated.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal adopt" e environment' -s 'e' -l 'environment' -d 'The environment.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal adopt" file' -l 'file' -d 'The project\'s file.' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal adopt" compose' -l 'compose' -d 'A Compose file with `x-teal`, instead of the project\'s file.' -rfa '(set -l exts \'yml\' \'yaml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal adopt" home' -l 'home' -d 'The home of the daemon to ask (also TEAL_HOME).' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal adopt" socket' -l 'socket' -d 'The socket of the daemon to ask (also TEAL_SOCKET).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal adopt" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal adopt" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal adopt" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal resume" done' -l 'done' -d 'The step was done; go on after it.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal resume" again' -l 'again' -d 'The step was not done; do it.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal resume" until' -l 'until' -d 'Return when this is reached; the daemon goes on to the end. Unless said otherwise a rollback returns once users are back (switched), everything else once the watch has passed (released).' -rfka 'switched released settled'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal resume" on-cancel' -l 'on-cancel' -d 'What an interruption means where there is no terminal to ask at.' -rfka 'detach abort'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal resume" wait' -l 'wait' -d 'Wait this long for another rollout that holds a service.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal resume" supersede' -l 'supersede' -d 'End the wait of the rollout that holds a service, and say what that cuts.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal resume" file' -l 'file' -d 'The project\'s file.' -rfa '(set -l exts \'yml\' \'yaml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal resume" p project' -s 'p' -l 'project' -d 'The project, instead of the one in the file.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal resume" home' -l 'home' -d 'The home of the daemon to ask (also TEAL_HOME).' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal resume" socket' -l 'socket' -d 'The socket of the daemon to ask (also TEAL_SOCKET).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal resume" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal resume" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal resume" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal abort" file' -l 'file' -d 'The project\'s file.' -rfa '(set -l exts \'yml\' \'yaml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal abort" p project' -s 'p' -l 'project' -d 'The project, instead of the one in the file.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal abort" home' -l 'home' -d 'The home of the daemon to ask (also TEAL_HOME).' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal abort" socket' -l 'socket' -d 'The socket of the daemon to ask (also TEAL_SOCKET).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal abort" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal abort" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal abort" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal attach" until' -l 'until' -d 'Return when this is reached.' -rfka 'switched released settled'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal attach" file' -l 'file' -d 'The project\'s file.' -rfa '(set -l exts \'yml\' \'yaml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal attach" p project' -s 'p' -l 'project' -d 'The project, instead of the one in the file.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal attach" home' -l 'home' -d 'The home of the daemon to ask (also TEAL_HOME).' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal attach" socket' -l 'socket' -d 'The socket of the daemon to ask (also TEAL_SOCKET).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal attach" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal attach" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal attach" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal accessory" -eq 1' -fa 'start' -d 'Start accessories that were stopped, and return once they are ready.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal accessory" -eq 1' -fa 'stop' -d 'Stop accessories and leave them stopped, also after a restart of the daemon or the host.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal accessory" -eq 1' -fa 'restart' -d 'Stop accessories and start them again as they are; return once they are ready.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal accessory" -eq 1' -fa 'logs' -d 'Show what accessories wrote, with the values of known secrets masked.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal accessory" -eq 1' -fa 'exec' -d 'Run a command beside an accessory, with its environment, its input and its outputs.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal accessory" -eq 1' -fa 'upgrade' -d 'Replace accessories by what the project\'s file has now, with the gap that this takes.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory start" file' -l 'file' -d 'The project\'s file.' -rfa '(set -l exts \'yml\' \'yaml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory start" p project' -s 'p' -l 'project' -d 'The project, instead of the one in the file.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory start" home' -l 'home' -d 'The home of the daemon to ask (also TEAL_HOME).' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory start" socket' -l 'socket' -d 'The socket of the daemon to ask (also TEAL_SOCKET).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory start" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory start" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory start" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory stop" y yes' -l 'yes' -s 'y' -d 'Do not ask.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory stop" file' -l 'file' -d 'The project\'s file.' -rfa '(set -l exts \'yml\' \'yaml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory stop" p project' -s 'p' -l 'project' -d 'The project, instead of the one in the file.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory stop" home' -l 'home' -d 'The home of the daemon to ask (also TEAL_HOME).' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory stop" socket' -l 'socket' -d 'The socket of the daemon to ask (also TEAL_SOCKET).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory stop" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory stop" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory stop" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory restart" y yes' -l 'yes' -s 'y' -d 'Do not ask.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory restart" file' -l 'file' -d 'The project\'s file.' -rfa '(set -l exts \'yml\' \'yaml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory restart" p project' -s 'p' -l 'project' -d 'The project, instead of the one in the file.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory restart" home' -l 'home' -d 'The home of the daemon to ask (also TEAL_HOME).' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory restart" socket' -l 'socket' -d 'The socket of the daemon to ask (also TEAL_SOCKET).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory restart" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory restart" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory restart" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory logs" f follow' -l 'follow' -s 'f' -d 'Go on with new lines as they are written.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory logs" n tail' -s 'n' -l 'tail' -d 'Lines from before now, per replica.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory logs" file' -l 'file' -d 'The project\'s file.' -rfa '(set -l exts \'yml\' \'yaml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory logs" p project' -s 'p' -l 'project' -d 'The project, instead of the one in the file.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory logs" home' -l 'home' -d 'The home of the daemon to ask (also TEAL_HOME).' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory logs" socket' -l 'socket' -d 'The socket of the daemon to ask (also TEAL_SOCKET).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory logs" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory logs" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory logs" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory exec" replica' -l 'replica' -d 'The replica, from 0.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory exec" timeout' -l 'timeout' -d 'When the command is ended at the latest; an hour unless said otherwise.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory exec" i interactive' -l 'interactive' -s 'i' -d 'Send what is typed at a terminal.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory exec" no-input' -l 'no-input' -d 'Send no input.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory exec" file' -l 'file' -d 'The project\'s file.' -rfa '(set -l exts \'yml\' \'yaml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory exec" p project' -s 'p' -l 'project' -d 'The project, instead of the one in the file.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory exec" home' -l 'home' -d 'The home of the daemon to ask (also TEAL_HOME).' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory exec" socket' -l 'socket' -d 'The socket of the daemon to ask (also TEAL_SOCKET).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory exec" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory exec" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory exec" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory upgrade" dry-run n' -s 'n' -l 'dry-run' -d 'Show the plan and change nothing.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory upgrade" y yes' -l 'yes' -s 'y' -d 'Do not ask.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory upgrade" e environment' -s 'e' -l 'environment' -d 'The environment.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory upgrade" host-images' -l 'host-images' -d 'Take the host\'s copy of an image whose registry gives no answer.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory upgrade" until' -l 'until' -d 'Return when this is reached; the daemon goes on to the end. Unless said otherwise a rollback returns once users are back (switched), everything else once the watch has passed (released).' -rfka 'switched released settled'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory upgrade" on-cancel' -l 'on-cancel' -d 'What an interruption means where there is no terminal to ask at.' -rfka 'detach abort'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory upgrade" wait' -l 'wait' -d 'Wait this long for another rollout that holds a service.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory upgrade" supersede' -l 'supersede' -d 'End the wait of the rollout that holds a service, and say what that cuts.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory upgrade" file' -l 'file' -d 'The project\'s file.' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory upgrade" home' -l 'home' -d 'The home of the daemon to ask (also TEAL_HOME).' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory upgrade" socket' -l 'socket' -d 'The socket of the daemon to ask (also TEAL_SOCKET).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory upgrade" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory upgrade" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal accessory upgrade" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal status" all' -l 'all' -d 'Every project of the host.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal status" file' -l 'file' -d 'The project\'s file.' -rfa '(set -l exts \'yml\' \'yaml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal status" p project' -s 'p' -l 'project' -d 'The project, instead of the one in the file.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal status" home' -l 'home' -d 'The home of the daemon to ask (also TEAL_HOME).' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal status" socket' -l 'socket' -d 'The socket of the daemon to ask (also TEAL_SOCKET).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal status" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal status" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal status" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal history" limit n' -s 'n' -l 'limit' -d 'The most to list.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal history" file' -l 'file' -d 'The project\'s file.' -rfa '(set -l exts \'yml\' \'yaml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal history" p project' -s 'p' -l 'project' -d 'The project, instead of the one in the file.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal history" home' -l 'home' -d 'The home of the daemon to ask (also TEAL_HOME).' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal history" socket' -l 'socket' -d 'The socket of the daemon to ask (also TEAL_SOCKET).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal history" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal history" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal history" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal logs" f follow' -l 'follow' -s 'f' -d 'Go on with new lines as they are written.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal logs" n tail' -s 'n' -l 'tail' -d 'Lines from before now, per replica.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal logs" replica' -l 'replica' -d 'One replica, by its position from 0.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal logs" file' -l 'file' -d 'The project\'s file.' -rfa '(set -l exts \'yml\' \'yaml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal logs" p project' -s 'p' -l 'project' -d 'The project, instead of the one in the file.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal logs" home' -l 'home' -d 'The home of the daemon to ask (also TEAL_HOME).' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal logs" socket' -l 'socket' -d 'The socket of the daemon to ask (also TEAL_SOCKET).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal logs" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal logs" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal logs" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal health" file' -l 'file' -d 'The project\'s file.' -rfa '(set -l exts \'yml\' \'yaml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal health" p project' -s 'p' -l 'project' -d 'The project, instead of the one in the file.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal health" home' -l 'home' -d 'The home of the daemon to ask (also TEAL_HOME).' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal health" socket' -l 'socket' -d 'The socket of the daemon to ask (also TEAL_SOCKET).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal health" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal health" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal health" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal stats" all' -l 'all' -d 'Every project of the host.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal stats" file' -l 'file' -d 'The project\'s file.' -rfa '(set -l exts \'yml\' \'yaml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal stats" p project' -s 'p' -l 'project' -d 'The project, instead of the one in the file.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal stats" home' -l 'home' -d 'The home of the daemon to ask (also TEAL_HOME).' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal stats" socket' -l 'socket' -d 'The socket of the daemon to ask (also TEAL_SOCKET).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal stats" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal stats" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal stats" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal exec" replica' -l 'replica' -d 'The replica of the active slot, from 0.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal exec" timeout' -l 'timeout' -d 'When the command is ended at the latest.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal exec" file' -l 'file' -d 'The project\'s file.' -rfa '(set -l exts \'yml\' \'yaml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal exec" p project' -s 'p' -l 'project' -d 'The project, instead of the one in the file.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal exec" home' -l 'home' -d 'The home of the daemon to ask (also TEAL_HOME).' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal exec" socket' -l 'socket' -d 'The socket of the daemon to ask (also TEAL_SOCKET).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal exec" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal exec" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal exec" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal serve" home' -l 'home' -d 'The directory for everything that is written (also TEAL_HOME).' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal serve" socket' -l 'socket' -d 'Where the API\'s socket is made (also TEAL_SOCKET).' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal serve" switch' -l 'switch' -d 'What moves the traffic (also TEAL_SWITCH; default: proxy).' -rfka 'proxy nginx'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal serve"' -l 'listen' -d 'A public address of the switch; may be repeated.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal serve"' -l 'internal-listen' -d 'An internal address of the switch; may be repeated.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal serve" docker-socket' -l 'docker-socket' -d 'The Docker Engine\'s socket (also TEAL_DOCKER_SOCKET and DOCKER_HOST); Podman\'s works as well.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal serve" docker-subnets' -l 'docker-subnets' -d 'The addresses that networks of projects are made of (also TEAL_DOCKER_SUBNETS).' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal serve" nginx' -l 'nginx' -d 'With nginx: its program (default: /usr/sbin/nginx).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal serve" nginx-conf' -l 'nginx-conf' -d 'With nginx: the file it was started with (default: /etc/nginx/nginx.conf).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal serve" nginx-pid' -l 'nginx-pid' -d 'With nginx: where its master process writes its number (default: /run/nginx.pid).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal serve" nginx-include' -l 'nginx-include' -d 'With nginx: Teal\'s own file, which the configuration includes inside `http` (default: /etc/nginx/conf.d/teal.conf).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal serve" nginx-log' -l 'nginx-log' -d 'With nginx: where it notes requests for Teal (default: /var/log/nginx/teal.log).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal serve" nginx-status' -l 'nginx-status' -d 'With nginx: a loopback address at which it says which table it follows (default: 127.0.0.1:7079).' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal serve" nginx-probe' -l 'nginx-probe' -d 'With nginx: a plain address of a site, for Teal\'s own requests through the public route.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal serve"' -l 'nginx-site' -d 'With nginx: the site of a service in which Teal rewrites the one line that leads to it; may be repeated.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal serve" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal serve" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal doctor" fix' -l 'fix' -d 'Mend what can be mended.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal doctor" yes' -l 'yes' -d 'Do it without asking.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal doctor" home' -l 'home' -d 'The home of the daemon to ask (also TEAL_HOME).' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal doctor" socket' -l 'socket' -d 'The socket of the daemon to ask (also TEAL_SOCKET).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal doctor" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal doctor" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal doctor" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal prune" yes' -l 'yes' -d 'Do it without asking.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal prune" dry-run n' -s 'n' -l 'dry-run' -d 'Only show what would be removed.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal prune" all' -l 'all' -d 'Every project of the host.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal prune" file' -l 'file' -d 'The project\'s file.' -rfa '(set -l exts \'yml\' \'yaml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal prune" p project' -s 'p' -l 'project' -d 'The project, instead of the one in the file.' -rfka ''
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal prune" home' -l 'home' -d 'The home of the daemon to ask (also TEAL_HOME).' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal prune" socket' -l 'socket' -d 'The socket of the daemon to ask (also TEAL_SOCKET).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal prune" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal prune" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal prune" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal version" client' -l 'client' -d 'Only this program\'s.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal version" home' -l 'home' -d 'The home of the daemon to ask (also TEAL_HOME).' -rfa '(__teal_complete_directories)'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal version" socket' -l 'socket' -d 'The socket of the daemon to ask (also TEAL_SOCKET).' -rF
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal version" output' -l 'output' -d 'How results are written.' -rfka 'text json'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal version" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal version" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_positional "teal completions" -eq 1' -fka 'bash zsh fish'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal completions" version' -l 'version' -d 'Show the version.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal completions" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'teal' -n '__teal_should_offer_completions_for_flags_or_options "teal help" version' -l 'version' -d 'Show the version.'
