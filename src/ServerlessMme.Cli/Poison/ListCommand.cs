using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Jobs;
using ServerlessMme.Cli.Output;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;
using Spectre.Console;

namespace ServerlessMme.Cli.Poison;

/// <summary><c>mme poison list</c>.</summary>
internal static class ListCommand
{
    // Room for several reasons, because the way out is at the end of each.
    private const int MaxShown = 1000;

    public static Command Create()
    {
        var format = FormatOption.ForTable();
        var command = new Command("list", "Lists the messages in the poison queue, and why they failed.");
        format.AddTo(command);
        return StorageHost.Run(command, async (parsed, services, cancellationToken) =>
        {
            var queue = services.GetRequiredService<PoisonAdmin>();
            var entries = await queue.ListAsync(cancellationToken);
            switch (format.Of(parsed))
            {
                case OutputFormat.Json:
                    JsonOutput.Write([.. entries.Select(PoisonMessage.Of)], PoisonJson.Default.IReadOnlyListPoisonMessage);
                    break;
                case OutputFormat.Csv:
                    PrintCsv(entries);
                    break;
                default:
                    PrintTable(entries);
                    var count = await queue.CountAsync(cancellationToken);
                    Console.WriteLine($"{Counted.Of(count, "message")} in the poison queue.");
                    break;
            }

            return ExitCodes.Done;
        });
    }

    private static void PrintCsv(IEnumerable<PoisonEntry> entries) => CsvOutput.Write(
        ["message", "givenUpAt", "attempts", "why", "body"],
        entries.Select(IReadOnlyList<string?> (entry) =>
        [
            entry.Digest, CsvOutput.Time(entry.GivenUpAt), CsvOutput.Number(entry.Tries), CsvOutput.Text(entry.Text),
            CsvOutput.Text(PoisonCommand.Plain(entry, MessageParser.MaxBytes)),
        ]));

    private static void PrintTable(IEnumerable<PoisonEntry> entries)
    {
        var table = new Table().AddColumns("message", "given up").AddColumn("attempts", c => c.RightAligned())
            .AddColumns("why", "what");
        foreach (var entry in entries)
        {
            table.AddRow(
                entry.Digest, JobText.Time(entry.GivenUpAt), $"{entry.Tries}",
                Markup.Escape(Printable.Text(entry.Text, MaxShown)), Markup.Escape(PoisonCommand.Plain(entry, 80)));
        }

        Screen.Console.Write(table);
    }
}
