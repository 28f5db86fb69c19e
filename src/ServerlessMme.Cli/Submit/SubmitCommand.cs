using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Classify;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Jobs;
using ServerlessMme.Cli.Progress;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Storage;

namespace ServerlessMme.Cli.Submit;

/// <summary><c>mme submit</c>: labels the images of a folder or a prefix as one job.</summary>
internal static class SubmitCommand
{
    public static Command Create()
    {
        var source = new Argument<string?>("folder")
        {
            Description = "A local folder or image. If none has this name, the name is a prefix, as with --prefix.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var prefix = new Option<string?>("--prefix")
        {
            Description = "Label the images in the model's container whose names begin with this; '' selects all.",
            HelpName = "PREFIX",
        };
        var model = new Option<string>("--model") { Description = "The model or group.", Required = true, HelpName = "NAME" };
        var threshold = JobOptions.ErrorThreshold();
        var by = JobOptions.By();
        var watch = JobOptions.Watch();
        var command = new ExampleCommand(
            "submit",
            "Labels the images in a folder, or under a prefix in the model's container, as one job.",
            """
            Examples:
              mme submit holiday/ --model cifar10
              mme submit --prefix 2026/11/ --model cifar10 --error-threshold 100
              mme submit holiday/ --model cifar10 --watch
              mme submit holiday/ --model topics

            The command uploads images under their paths in the folder, unless the container already has them. The first
            line of the output is the job's name.
            """)
        {
            source, prefix, model, threshold, by, watch,
        };
        LocalModels.Complete(model);
        return StorageHost.Run(command, async (parsed, services, cancellationToken) =>
        {
            if (!ModelName.Parse(parsed.GetRequiredValue(model)).TryGet(out var name, out var refusal))
            {
                return Usage(refusal.Message);
            }

            var images = await FindAsync(
                services, name, parsed.GetValue(source), parsed.GetValue(prefix), cancellationToken);
            if (images.Why is { } why)
            {
                return Usage(why);
            }

            var catalog = services.GetRequiredService<IModelCatalog>();
            if (await catalog.FindAsync(name, cancellationToken) is not { } published)
            {
                throw new CommandException(
                    ExitCodes.NotFound,
                    $"No model '{name}' is published. 'mme models list' lists the published models.");
            }

            var sender = services.GetRequiredService<JobSender>();
            var asked = new NewJob(
                JobKind.Submit, name, images.Asked, parsed.GetRequiredValue(by), parsed.GetValue(threshold));
            var job = (await sender.StartAsync(null, asked, cancellationToken))!;
            Console.WriteLine(job.Id);
            if (images.SkippedText is { } skipped)
            {
                await Console.Error.WriteLineAsync(skipped);
            }

            job = await StepProgress.RunAsync("image", images.Count, advance => sender.SendAsync(
                job, published.Version, Follow(images.Names(cancellationToken), advance), cancellationToken));
            Console.WriteLine(images.Summary(job));
            return parsed.GetValue(watch)
                ? await JobWatch.RunAsync(
                    services.GetRequiredService<JobProgress>(), job.Id, cancellationToken)
                : ExitCodes.Done;
        });
    }

    private static async Task<Found> FindAsync(
        IServiceProvider services, ModelName model, string? source, string? prefix, CancellationToken cancellationToken)
    {
        if ((source is null) == (prefix is null))
        {
            return Found.Nothing("Specify either a folder or --prefix; 'mme submit --help' shows how.");
        }

        var container = services.GetRequiredService<StorageAccount>().ImagesOf(model);
        if (source is not null && (Directory.Exists(source) || File.Exists(source)))
        {
            var files = LocalImages.Find([source]);
            if (files.Images.Count == 0)
            {
                return Found.Nothing($"'{source}' has no images. {files.SearchText}");
            }

            var upload = new FolderUpload(container, files.Images);
            return new Found(
                new JobAsked(
                    Folder: Printable.Text(Path.GetFullPath(source), 1024), SkippedFiles: files.Skipped),
                upload.RunAsync,
                job => $"{Count(job)} from '{source}' ({Counted.Number(upload.Uploaded)} uploaded).",
                files.Images.Count,
                SkippedText: files.SkippedText);
        }

        var text = prefix ?? source!;
        if (text.Length > ImageName.MaxLength)
        {
            return Found.Nothing(
                $"The prefix has {text.Length} characters, but at most {ImageName.MaxLength} are allowed.");
        }

        var images = services.GetRequiredService<IImageSource>();
        if (!await container.ExistsAsync(cancellationToken)
            || !await images.ListAsync(model, text, cancellationToken).AnyAsync(cancellationToken))
        {
            var start = source is null ? "No" : $"There is no folder or file '{source}' here, and no";
            throw new CommandException(
                source is null ? ExitCodes.NotFound : ExitCodes.Usage,
                $"{start} image in '{model.ImagesContainer}' has a name that begins with '{text}'.");
        }

        return new Found(
            new JobAsked(Prefix: text),
            stopping => images.ListAsync(model, text, stopping),
            job => $"{Count(job)} with the prefix '{text}'.");
    }

    private static async IAsyncEnumerable<string> Follow(IAsyncEnumerable<string> names, Action advance)
    {
        await foreach (var name in names)
        {
            yield return name;
            advance();
        }
    }

    private static string Count(Job job) => Counted.Of(job.Counts.Total ?? 0, "image");

    private static int Usage(string message)
    {
        Console.Error.WriteLine(message);
        return ExitCodes.Usage;
    }

    /// <summary>The source of a job's images, or the reason why there are none.</summary>
    /// <param name="Count">Number of images; null if unknown.</param>
    /// <param name="Why">The reason; null if there are images.</param>
    /// <param name="SkippedText">Names the files that are left out; null if there are none.</param>
    private sealed record Found(
        JobAsked Asked,
        Func<CancellationToken, IAsyncEnumerable<string>> Names,
        Func<Job, string> Summary,
        int? Count = null,
        string? Why = null,
        string? SkippedText = null)
    {
        public static Found Nothing(string why) =>
            new(new JobAsked(), _ => AsyncEnumerable.Empty<string>(), _ => "", Why: why);
    }
}
