using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Evaluate;
using ServerlessMme.Cli.Reports;
using ServerlessMme.Core.Images;

namespace ServerlessMme.Cli.Candidates;

/// <summary><c>mme candidate</c>: shows what would change if a candidate replaced a published model.</summary>
internal static class CandidateCommand
{
    public static Command Create()
    {
        var model = ModelArgument.Create();
        var candidate = new Argument<string>("candidate")
        {
            Description = "A model folder, or the name of another published model.",
        };
        var sample = CandidateOptions.Sample();
        var all = new Option<bool>("--all") { Description = "Compare all images." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var html = new Option<string?>("--html")
        {
            Description = "Write a report as one HTML file, with thumbnails of images whose answer changes.",
            HelpName = "FILE",
        };
        var command = new ExampleCommand(
            "candidate",
            "Compares a candidate model with the published one, on the published model's own images.",
            """
            Examples:
              mme candidate flowers out/flowers
              mme candidate flowers flowers-v2 --all --html changes.html
              mme candidate start flowers flowers-v2 --share 0.1
              mme candidate show flowers
              mme candidate stop flowers

            A comparison publishes nothing and writes no labels. 'mme models push --if-better' and 'mme models alias
            --require' run the same comparison, and refuse to switch if it fails.
            """)
        {
            model, candidate, sample, all, json, html,
            ShadowCommands.Start(), ShadowCommands.Show(), ShadowCommands.Stop(),
        };
        NotEmpty.Check(model, candidate);
        return StorageHost.Run(command, async (parsed, services, cancellationToken) =>
        {
            var file = parsed.GetValue(html);
            ReportFile.Check(file);
            var name = ModelArgument.Parse(parsed.GetRequiredValue(model));
            using var found = CandidateModel.Find(parsed.GetRequiredValue(candidate), name, services);
            var result = await CandidateRun.RunAsync(
                services, name, found, parsed.GetValue(all) ? null : parsed.GetValue(sample), cancellationToken);
            if (file is not null)
            {
                var changed = CandidatePage.Shown(result).Select(image => (image.Image, image.Image));
                var page = new CandidatePage(result, await Thumbnails.MakeAsync(
                    services, services.GetRequiredService<IImageSource>(), name, changed, cancellationToken));
                await File.WriteAllBytesAsync(file, page.Write(), cancellationToken);
            }

            await ReportAsync(result, parsed.GetValue(json), file, cancellationToken);
            return ExitCodes.Done;
        });
    }

    private static async Task ReportAsync(
        CandidateResult result, bool isJson, string? file, CancellationToken cancellationToken)
    {
        if (isJson)
        {
            await using var output = Console.OpenStandardOutput();
            await output.WriteAsync(CandidateDocument.Of(result).ToJson(), cancellationToken);
            output.WriteByte((byte)'\n');
            return;
        }

        CandidateText.Print(result);
        if (file is not null)
        {
            Console.WriteLine($"Report: {file}");
        }
    }
}
