using System.CommandLine;
using Azure;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Truth;
using ServerlessMme.Storage;

namespace ServerlessMme.Cli.Truth;

/// <summary><c>mme truth set</c>.</summary>
internal static class SetCommand
{
    public static Command Create()
    {
        var model = ModelArgument.Create();
        var image = new Argument<string>("image") { Description = "The image's name in the container images-MODEL." };
        var label = new Argument<string>("label") { Description = "The image's correct label." };
        var by = TruthOptions.By();
        var force = TruthOptions.Force(
            "Store the label even if the model doesn't have it or isn't published.");
        NotEmpty.Check(image, label);
        var command = new ExampleCommand(
            "set",
            "Stores the correct label of an image. Replaces an earlier correct label.",
            """
            Examples:
              mme truth set cifar10 holiday/1.jpg ship
              mme truth set cifar10 holiday.zip/2.jpg airplane --by anna
            """)
        {
            model, image, label, by, force,
        };
        return StorageHost.Run(command, async (parsed, services, cancellationToken) =>
        {
            var name = ModelArgument.Parse(parsed.GetRequiredValue(model));
            var row = new TruthRow(parsed.GetRequiredValue(image), parsed.GetRequiredValue(label), "The command line");
            var isForced = parsed.GetValue(force);
            var labels = await TruthImport.LabelsAsync(services, name, isForced, cancellationToken);
            var known = new TruthCheck(name, labels, isForced).Run("the command line", [row])[0];
            var at = services.GetRequiredService<TimeProvider>().GetUtcNow();
            await services.GetRequiredService<ITruthStore>().WriteAsync(
                name, known.Image, new CorrectLabel(known.Label, parsed.GetRequiredValue(by), at), cancellationToken);
            if (await IsMissingAsync(services, name, known.Image, cancellationToken))
            {
                await Console.Error.WriteLineAsync(
                    $"warning: '{Printable.Text(known.Image)}' is not in {name.ImagesContainer}.");
            }

            Console.WriteLine(
                $"The correct label of '{Printable.Text(known.Image)}' is '{Printable.Text(known.Label)}'.");
            return ExitCodes.Done;
        });
    }

    private static async Task<bool> IsMissingAsync(
        IServiceProvider services, ModelName model, string image, CancellationToken cancellationToken)
    {
        var container = services.GetRequiredService<StorageAccount>().ImagesOf(model);
        try
        {
            return !await container.GetBlobClient(image).ExistsAsync(cancellationToken)
                && (ArchiveName.OfEntry(image) is not { } archive
                    || !await container.GetBlobClient(archive).ExistsAsync(cancellationToken));
        }
        catch (RequestFailedException exception) when (exception.Status == 403)
        {
            return false;
        }
    }
}
