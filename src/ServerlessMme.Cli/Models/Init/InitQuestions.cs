using System.Text.Json.Nodes;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models.Import;
using Spectre.Console;

namespace ServerlessMme.Cli.Models.Init;

/// <summary>Asks at a terminal for what no file says.</summary>
internal static class InitQuestions
{
    private const string Because = "your answer";

    public static void Ask(Draft draft)
    {
        if (draft.Find("labels") is { Certainty: Certainty.Unsure } labels)
        {
            AskLabels(draft, labels.Value.AsArray().Count);
        }

        if (draft.Find("input.scale") is { Certainty: Certainty.Unsure })
        {
            var range = AnsiConsole.Prompt(new SelectionPrompt<ValueRange>()
                .Title("What do pixel values 0 to 255 become before they enter the model?")
                .UseConverter(each => each.Text).AddChoices(ValueRange.All));
            range.SetIn(draft, Because, Certainty.Certain);
        }

        if (draft.Find("input.resize.mode") is { Certainty: Certainty.Unsure })
        {
            var mode = AnsiConsole.Prompt(new SelectionPrompt<string>()
                .Title("How do images get the input's size?")
                .AddChoices("stretch", "shorter-side", "cover", "letterbox"));
            draft.Set("input.resize.mode", JsonValue.Create(mode), Because, Certainty.Certain);
        }
    }

    private static void AskLabels(Draft draft, int count)
    {
        var file = AnsiConsole.Prompt(new TextPrompt<string>(
            $"File with the {count} labels, one per line (empty: number the classes):").AllowEmpty());
        if (file.Length == 0)
        {
            return;
        }

        var problem = File.Exists(file)
            ? LabelFile.Set(draft, file, File.ReadAllLines(file))
            : $"There is no file '{Printable.Text(file)}'.";
        if (problem is not null)
        {
            AnsiConsole.WriteLine(problem);
            AskLabels(draft, count);
        }
    }
}
