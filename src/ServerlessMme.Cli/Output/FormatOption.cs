using System.CommandLine;

namespace ServerlessMme.Cli.Output;

/// <summary>The option <c>--format</c> of a command that prints a list, and its short form <c>--json</c>.</summary>
internal sealed class FormatOption
{
    private readonly Option<string> _format;
    private readonly Option<bool> _json = JsonOption.Create("Print JSON; short for '--format json'.");

    /// <param name="formats">The formats; the first one is the default.</param>
    public FormatOption(params IReadOnlyList<OutputFormat> formats)
    {
        _format = new Option<string>("--format")
        {
            Description = "Output format.",
            DefaultValueFactory = _ => NameOf(formats[0]),
        };
        _format.AcceptOnlyFromAmong([.. formats.Select(NameOf)]);
    }

    /// <summary>Creates the option with the formats table, JSON and CSV.</summary>
    public static FormatOption ForTable() => new(OutputFormat.Table, OutputFormat.Json, OutputFormat.Csv);

    public void AddTo(Command command)
    {
        command.Add(_format);
        command.Add(_json);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_json) is not null
                && result.GetResult(_format) is { Implicit: false, Tokens: [{ Value: not "json" and var format }] })
            {
                result.AddError($"--json and --format {format} contradict each other. Specify one of them.");
            }
        });
    }

    public OutputFormat Of(ParseResult parsed) => parsed.GetValue(_json)
        ? OutputFormat.Json
        : Enum.GetValues<OutputFormat>().First(format => NameOf(format) == parsed.GetRequiredValue(_format));

    private static string NameOf(OutputFormat format) => format switch
    {
        OutputFormat.Json => "json",
        OutputFormat.JsonLines => "jsonl",
        OutputFormat.Csv => "csv",
        _ => "table",
    };
}
