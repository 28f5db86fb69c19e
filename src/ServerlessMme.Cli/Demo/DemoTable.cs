using System.Globalization;
using ServerlessMme.Cli.Composition;
using Spectre.Console;

namespace ServerlessMme.Cli.Demo;

/// <summary>Prints the demo's answers beside the expected ones.</summary>
internal static class DemoTable
{
    public static void Print(IReadOnlyList<DemoAnswer> answers)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumns("model", "image", "expected", "label")
            .AddColumn("score", column => column.RightAligned())
            .AddColumn("ms", column => column.RightAligned())
            .AddColumn("");
        foreach (var answer in answers.OrderBy(a => a.Sample.Model.Value, StringComparer.Ordinal)
            .ThenBy(a => a.Sample.Name, StringComparer.Ordinal))
        {
            table.AddRow(
                answer.Sample.Model.Value,
                Markup.Escape(answer.Sample.Name),
                Markup.Escape(answer.Sample.Expected),
                Markup.Escape(answer.Label ?? answer.Error ?? "(no answer)"),
                answer.Score?.ToString("0.000", CultureInfo.InvariantCulture) ?? "",
                answer.Waited.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture),
                answer.IsExpected ? "[green]ok[/]" : "[red]wrong[/]");
        }

        Screen.Console.Write(table);
        Screen.Console.WriteLine(
            $"{answers.Count(a => a.IsExpected)} of {answers.Count} as expected, "
            + $"{answers.Count(a => a is { IsExpected: true, Error: not null })} of them refused on purpose.");
    }
}
