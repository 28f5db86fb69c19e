using System.CommandLine;
using ServerlessMme.Cli.Composition;

namespace ServerlessMme.Cli.Truth;

/// <summary><c>mme truth import</c>.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var model = ModelArgument.Create();
        var source = new Argument<string>("source")
        {
            Description = "A folder with one folder of images per label, or a CSV file with the header image,label.",
        };
        var by = TruthOptions.By();
        var prefix = new Option<string>("--prefix")
        {
            Description = "Prefix of every image's name in the container, as in 2026/11/.",
            DefaultValueFactory = _ => "",
            HelpName = "PREFIX",
        };
        var flat = new Option<bool>("--flat")
        {
            Description = "The container has the images without their label's folder: cat/1.jpg is 1.jpg there.",
        };
        var force = TruthOptions.Force("Store labels that the model doesn't have, or for an unpublished model.");
        var replace = new Option<bool>("--replace")
        {
            Description = "Replace stored correct labels that differ.",
        };
        NotEmpty.Check(source);
        var command = new ExampleCommand(
            "import",
            "Stores correct labels from one folder per label or a CSV file.",
            """
            Examples:
              mme truth import cifar10 photos/
              mme truth import cifar10 labels.csv --by anna
              mme truth import cifar10 sorted/ --flat

            Image names are those in the container images-MODEL. 'mme submit photos/' names an image cat/1.jpg, and so
            does 'mme truth import MODEL photos/'. Labels match in any case. Nothing is stored if a row is invalid.
            """)
        {
            model, source, by, prefix, flat, force, replace,
        };
        return StorageHost.Run(command, async (parsed, services, cancellationToken) =>
        {
            var options = new TruthImportOptions(
                parsed.GetRequiredValue(by), parsed.GetRequiredValue(prefix), parsed.GetValue(flat),
                parsed.GetValue(force), parsed.GetValue(replace));
            var import = new TruthImport(services, ModelArgument.Parse(parsed.GetRequiredValue(model)), options);
            await import.RunAsync(parsed.GetRequiredValue(source), cancellationToken);
            return ExitCodes.Done;
        });
    }
}
