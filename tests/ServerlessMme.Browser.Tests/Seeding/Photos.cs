using System.Globalization;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Browser.Tests.Seeding;

/// <summary>The images of <see cref="Names.Photos"/> and their answers: the same each time.</summary>
internal static class Photos
{
    public const int Count = 3_000;

    /// <summary>Images in the folder <c>harbor</c>, one of three.</summary>
    public const int InHarbor = Count / 3;

    /// <summary>Images that are none.</summary>
    public const int Refused = Count / 60;

    /// <summary>Images that the version before called a bird, and this one an airplane.</summary>
    public const int FromBirdToAirplane = Rescored / 50;

    // The first ones were answered by the version before, too.
    private const int Rescored = 1_200;
    private static readonly string[] Folders = ["harbor", "park", "street"];

    public static async Task SeedAsync(LabeledDrops drops, Answerer by)
    {
        var pictures = Enumerable.Range(0, 20).Select(Pictures.Draw).ToArray();
        var none = "This is a text."u8.ToArray();
        await LabeledDrops.ForEachAsync(Enumerable.Range(0, Count), i => i % 60 == 7
            ? drops.RefuseAsync(by, NameOf(i), none, ErrorCode.NotAnImage, $"'{NameOf(i)}' is not an image.")
            : drops.AnswerAsync(by, NameOf(i), pictures[i % 20], i % 10, ScoreOf(i), PreviousOf(i, by.Labels)));
    }

    private static string NameOf(int i) =>
        string.Create(CultureInfo.InvariantCulture, $"{Folders[i % 3]}/{i:D4}.jpg");

    // Spread from 0.35 to 0.99, without a pattern that the eye finds.
    private static float ScoreOf(int i) => 0.35f + (0.64f * (i * 37 % 101) / 100);

    // The labels are CIFAR-10's: of those that differ, half were birds and are airplanes, half were cats and are dogs.
    private static string? PreviousOf(int i, IReadOnlyList<string> labels) => i >= Rescored ? null
        : i % 50 == 0 ? labels[2]
        : i % 50 == 25 ? labels[3]
        : labels[i % 10];
}
