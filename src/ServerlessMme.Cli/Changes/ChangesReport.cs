using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Rescore;
using Spectre.Console;

namespace ServerlessMme.Cli.Changes;

/// <summary>
/// Reports how a re-scoring job changed the answers: as a table, and as JSON and an HTML page in a folder.
/// </summary>
internal static class ChangesReport
{
    private const int MaxRows = 20;

    public static async Task WriteAsync(
        Job job, JobShards shards, string? folder, CancellationToken cancellationToken)
    {
        var changes = await AnswerChanges.OfAsync(job, shards, cancellationToken);
        Print(changes);
        if (folder is null)
        {
            return;
        }

        Directory.CreateDirectory(folder);
        var json = Path.Combine(folder, $"{job.Id}.json");
        var html = Path.Combine(folder, $"{job.Id}.html");
        var page = new ChangesPage("Re-scoring", changes.Model, changes.Job, changes.Changes);
        await File.WriteAllBytesAsync(json, changes.ToJson(), cancellationToken);
        await File.WriteAllBytesAsync(html, page.Write(), cancellationToken);
        Console.WriteLine($"{json}\n{html}");
    }

    private static void Print(AnswerChanges changes)
    {
        var moved = changes.Changes.Where(change => change.From != change.To).ToList();
        if (moved.Count > 0)
        {
            var table = new Table().AddColumns("old answer", "new answer").AddColumn("images", c => c.RightAligned());
            foreach (var change in moved.Take(MaxRows))
            {
                table.AddRow(Text(change.From), Text(change.To), $"{change.Count}");
            }

            Screen.Console.Write(table);
            if (moved.Count > MaxRows)
            {
                Console.WriteLine(
                    $"and {Counted.Of(moved.Count - MaxRows, "more kind")} of change. --report writes all of them.");
            }
        }

        Console.WriteLine($"{Counted.Of(changes.Total, "answer")}: {changes.Unchanged} unchanged, "
            + $"{changes.Changed} changed, {changes.New} new.");
    }

    private static string Text(string? answer) => answer is null ? "" : Markup.Escape(Printable.Text(answer, 40));
}
