using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Changes;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Jobs;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Rescore;

namespace ServerlessMme.Cli.Rescore;

/// <summary><c>mme rescore</c>.</summary>
internal static class RescoreCommand
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "The model or group.", Required = true, HelpName = "NAME" };
        var changedOnly = new Option<bool>("--changed-only")
        {
            Description = "Score only images whose label is missing or isn't current.",
        };
        var dryRun = new Option<bool>("--dry-run")
        {
            Description = "Print how many images would be scored, without scoring them.",
        };
        var report = JobOptions.Report();
        var threshold = JobOptions.ErrorThreshold();
        var by = JobOptions.By();
        var watch = JobOptions.Watch();
        var command = new ExampleCommand(
            "rescore",
            "Scores a model's images again, and reports how the answers changed.",
            """
            Examples:
              mme rescore --model cifar10 --dry-run
              mme rescore --model cifar10 --changed-only --watch
              mme rescore --model cifar10 --report changes/

            The first line of the output is the job's name. If you replace a model, workers also score its images again
            on their own. Even so, the report includes the previous version's answers. For a group, --changed-only
            scores only with the replaced members, and keeps the answers of the others.
            """)
        {
            model, changedOnly, dryRun, report, threshold, by, watch,
        };
        LocalModels.Complete(model);
        return StorageHost.Run(command, async (parsed, services, cancellationToken) =>
        {
            if (!ModelName.Parse(parsed.GetRequiredValue(model)).TryGet(out var name, out var refusal))
            {
                return Usage(refusal.Message);
            }

            var catalog = services.GetRequiredService<IModelCatalog>();
            if (await catalog.FindAsync(name, cancellationToken) is not { } published)
            {
                throw new CommandException(
                    ExitCodes.NotFound,
                    $"No model '{name}' is published. 'mme models list' lists the published models.");
            }

            var rescorer = services.GetRequiredService<Rescorer>();
            if (parsed.GetValue(dryRun))
            {
                var count = await services.GetRequiredService<RescoreImages>().CountAsync(
                    published, parsed.GetValue(changedOnly), cancellationToken);
                Console.WriteLine(
                    $"The job would score {Counted.Of(count, "image")} of {name} with version {published.Version}.");
                return ExitCodes.Done;
            }

            var asked = new NewJob(
                JobKind.Rescore,
                name,
                new JobAsked(ChangedOnly: parsed.GetValue(changedOnly)),
                parsed.GetRequiredValue(by),
                parsed.GetValue(threshold));
            var job = (await rescorer.StartAsync(null, asked, cancellationToken))!;
            Console.WriteLine(job.Id);
            job = await rescorer.SendAsync(job, published, cancellationToken);
            var images = Counted.Of(job.Counts.Total ?? 0, "image");
            Console.WriteLine($"Scoring {images} of {name} with version {published.Version}.");
            var folder = parsed.GetValue(report);
            return parsed.GetValue(watch) || folder is not null
                ? await WatchAsync(services, job, folder, cancellationToken)
                : ExitCodes.Done;
        });
    }

    private static async Task<int> WatchAsync(
        IServiceProvider services, Job job, string? folder, CancellationToken cancellationToken)
    {
        var exitCode = await JobWatch.RunAsync(
            services.GetRequiredService<JobProgress>(), job.Id, cancellationToken);
        await ChangesReport.WriteAsync(job, services.GetRequiredService<JobShards>(), folder, cancellationToken);
        return exitCode;
    }

    private static int Usage(string message)
    {
        Console.Error.WriteLine(message);
        return ExitCodes.Usage;
    }
}
