using System.CommandLine;
using System.Globalization;
using ServerlessMme.Cli.Composition;

namespace ServerlessMme.Cli.Truth;

/// <summary><c>mme truth export</c>.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var model = ModelArgument.Create();
        var folder = new Argument<string>("folder") { Description = "A new or empty folder." };
        var split = Split();
        var force = TruthOptions.Force("Write into a folder that is not empty, and replace files with the same names.");
        NotEmpty.Check(folder);
        var command = new ExampleCommand(
            "export",
            "Creates a training set from the images that have a correct label.",
            """
            Examples:
              mme truth export cifar10 data/cifar10
              mme truth export cifar10 data/cifar10 --split 0.8

            Copies the original images to train/LABEL/ and, with --split, val/LABEL/. Lists them in labels.csv. Skips
            archive entries.
            """)
        {
            model, folder, split, force,
        };
        return StorageHost.Run(command, (parsed, services, cancellationToken) => new TruthExport(
            services,
            ModelArgument.Parse(parsed.GetRequiredValue(model)),
            parsed.GetRequiredValue(folder),
            parsed.GetValue(split)).RunAsync(parsed.GetValue(force), cancellationToken));
    }

    private static Option<double> Split()
    {
        var option = new Option<double>("--split")
        {
            Description = "Share of the images for training, above 0 and below 1. The rest go to val/. If you export "
                + "again with more images, each image stays in its part.",
            DefaultValueFactory = _ => 1,
            HelpName = "SHARE",
        };
        option.CustomParser = result =>
        {
            var token = result.Tokens[^1].Value;
            if (double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                && value is > 0 and < 1)
            {
                return value;
            }

            result.AddError($"--split is '{token}', but must be a number above 0 and below 1.");
            return 1;
        };
        return option;
    }
}
