using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Models.Artifacts;
using ServerlessMme.Hosting;
using Spectre.Console;

namespace ServerlessMme.Cli.Status;

/// <summary><c>mme status</c>.</summary>
internal static class StatusCommand
{
    private const double MiB = 1 << 20;

    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print all details, as a JSON array of workers." };
        var top = new Option<int>("--top")
        {
            Description = "Number of models to show per worker, most recently used first.",
            DefaultValueFactory = _ => 20,
        };
        var command = new ExampleCommand(
            "status",
            "Shows the workers running on this machine: warm models, memory, and metrics since they started.",
            """
            Examples:
              mme status
              mme status --json | jq '.[].models | length'

            The command finds workers through the setting Mme:Artifacts:Folder. If you set it for the workers, set it
            for this command too.
            Exits with 1 if no worker is running.
            """)
        {
            json, top,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var host = CommandHost.Build(null, (services, settings) =>
                services.AddMmeOptions<ArtifactOptions>(settings, "Mme:Artifacts"));
            var folder = host.Services.GetRequiredService<IOptions<ArtifactOptions>>().Value.Folder;
            var workers = await StatusSocket.AskAllAsync(folder, Console.Error, cancellationToken);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(workers, StatusJson.Default.IReadOnlyListWorkerStatus));
            }
            else
            {
                foreach (var worker in workers)
                {
                    Show(worker, parsed.GetValue(top));
                }
            }

            if (workers.Count > 0)
            {
                return ExitCodes.Done;
            }

            await Console.Error.WriteLineAsync(
                $"No worker responds in {StatusSocket.FolderIn(folder)}. Start a worker with 'mme worker'.");
            return ExitCodes.Failed;
        });
        return command;
    }

    private static string Part(MemoryPart part) =>
        $"{part.UsedBytes / MiB:0.0} of {part.CapacityBytes / MiB:0} MiB"
        + (part.QueuedBytes > 0 ? $" ({part.QueuedBytes / MiB:0.0} waiting)" : "");

    private static string Target(MappedFiles mapped) => mapped.TargetBytes is { } bytes
        ? $" (target {bytes / MiB:0} MiB for all processes under the limit)"
        : "";

    private static void Show(WorkerStatus worker, int top)
    {
        Console.WriteLine($"Worker {worker.ProcessId} on {worker.Account}, since {worker.StartedAt:u}");
        Console.WriteLine($"{Counted.Of(worker.Models.Count, "model")} in {worker.ResidentBytes / MiB:0.0} of "
            + $"{worker.BudgetBytes / MiB:0} MiB, {Counted.Of(worker.QueuedLoads, "load")} waiting");
        if (worker.Trunks is { Count: > 0 } trunks)
        {
            Console.WriteLine($"{trunks.Sum(trunk => trunk.Bytes) / MiB:0.0} MiB of this is in "
                + $"{Counted.Of(trunks.Count, "trunk")}, shared by "
                + Counted.Of(worker.Models.Count(model => model.Trunk is not null), "model"));
        }

        if (worker.Mapped is { } mapped)
        {
            Console.WriteLine($"{mapped.ResidentBytes / MiB:0.0} of {mapped.MappedBytes / MiB:0.0} MiB of mapped "
                + $"files are in memory{Target(mapped)}, "
                + Counted.Of(worker.Models.Count(model => model.Cold), "cold model"));
        }

        if (worker.Memory is { } memory)
        {
            Console.WriteLine($"Resident: {memory.UsedBytes / MiB:0} of {memory.LimitBytes / MiB:0} MiB, including "
                + "code and mapped files, which the system can reclaim");
            Console.WriteLine($"In use: images {Part(memory.Images)}, tensors {Part(memory.Tensors)}, decoding "
                + $"{Part(memory.Decoding)}, runs {Part(memory.Runs)}");
        }

        if (worker.Models.Count > 0)
        {
            Screen.Console.Write(Models(worker.Models, top));
        }

        if (worker.Models.Count > top)
        {
            Console.WriteLine($"{Counted.Of(worker.Models.Count - top, "more model")}; --top or --json shows them all");
        }

        Screen.Console.Write(Metrics(worker.Metrics));
    }

    private static Table Models(IReadOnlyList<WarmModel> models, int top)
    {
        var table = new Table().AddColumns("model", "version", "state").AddColumn("MiB", c => c.RightAligned())
            .AddColumn("mapped", c => c.RightAligned())
            .AddColumn("leases", c => c.RightAligned()).AddColumns("last used", "pinned", "trunk");
        foreach (var model in models.Take(top))
        {
            table.AddRow(model.Name, Markup.Escape(model.Version), model.Cold ? "cold" : model.State,
                $"{model.Bytes / MiB:0.00}",
                model.Mapped is { } mapped ? $"{mapped.ResidentBytes / MiB:0.0}/{mapped.MappedBytes / MiB:0.0}" : "",
                $"{model.Leases}", $"{model.LastUsed:u}", model.Pinned ? "yes" : "", model.Trunk ?? "");
        }

        return table;
    }

    /// <summary>Writes one row per metric. Only the JSON has a value per set of tags.</summary>
    private static Table Metrics(IReadOnlyList<MetricTotal> metrics)
    {
        var table = new Table().AddColumn("metric").AddColumn("count", c => c.RightAligned())
            .AddColumn("sum or value", c => c.RightAligned()).AddColumn("mean", c => c.RightAligned())
            .AddColumn("max", c => c.RightAligned()).AddColumn("unit");
        foreach (var metric in metrics.GroupBy(metric => (metric.Name, metric.Unit)))
        {
            var count = metric.Sum(total => total.Count);
            var sum = metric.Sum(total => total.Sum);
            table.AddRow(metric.Key.Name, $"{count}", $"{sum:0.##}", $"{(count == 0 ? 0 : sum / count):0.##}",
                $"{metric.Max(total => total.Max):0.##}", Markup.Escape(metric.Key.Unit));
        }

        return table;
    }
}
