namespace ServerlessMme.Cli.Completion;

/// <summary>
/// Scripts that query <c>mme</c> for the words that may follow. If there are none, the shell completes file names.
/// </summary>
internal static class CompletionScripts
{
    public static readonly IReadOnlyDictionary<string, string> All = new Dictionary<string, string>
    {
        ["bash"] = Bash,
        ["zsh"] = Zsh,
        ["powershell"] = PowerShell,
    };

    private const string Bash = """
        _mme() {
            local line="${COMP_LINE:0:COMP_POINT}" current="${COMP_WORDS[COMP_CWORD]}" word
            COMPREPLY=()
            while IFS= read -r word; do
                word="${word%$'\r'}"
                [[ $word == "$current"* ]] && COMPREPLY+=("$word")
            done < <("$1" "[suggest:${#line}]" "$line" 2>/dev/null)
        }
        complete -o default -F _mme mme

        """;

    private const string Zsh = """
        #compdef mme
        _mme() {
            local line="${(j: :)words[1,CURRENT-1]} $PREFIX"
            local -a candidates
            candidates=("${(@f)$(${words[1]} "[suggest:${#line}]" "$line" 2>/dev/null)}")
            candidates=("${(@)candidates:#}")
            compadd -a candidates || _files
        }
        if [[ ${funcstack[1]} == _mme ]]; then
            _mme "$@"
        else
            compdef _mme mme
        fi

        """;

    private const string PowerShell = """
        Register-ArgumentCompleter -Native -CommandName mme -ScriptBlock {
            param($word, $command, $cursor)
            $line = $command.ToString()
            $length = $cursor - $command.Extent.StartOffset
            $line = if ($line.Length -lt $length) { $line.PadRight($length) } else { $line.Substring(0, $length) }
            mme "[suggest:$length]" "$line" 2>$null | Where-Object { $_.StartsWith($word) } | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
            }
        }

        """;
}
