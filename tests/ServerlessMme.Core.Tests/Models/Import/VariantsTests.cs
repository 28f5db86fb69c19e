using System.Text.Json.Nodes;
using ServerlessMme.Core.Models.Import;

namespace ServerlessMme.Core.Tests.Models.Import;

public sealed class VariantsTests
{
    [Fact]
    public void The_draft_is_the_most_usual_and_its_range_is_also_the_most_usual_with_other_channels()
    {
        var draft = new Draft();
        draft.Set("input.channels", JsonValue.Create("RGB"), "", Certainty.Likely);
        ValueRange.Signed.SetIn(draft, "", Certainty.Unsure);

        var variants = Variants.Ranges(draft).OrderBy(variant => variant.Rank).Select(variant => variant.Text).ToList();

        Assert.Equal("-1 to 1, RGB", variants[0]);
        Assert.Equal("-1 to 1, BGR", variants.First(text => text.EndsWith("BGR", StringComparison.Ordinal)));
        Assert.Equal(10, variants.Distinct().Count());
    }

    [Fact]
    public void Range_that_is_written_otherwise_is_the_same_range()
    {
        var draft = new Draft();
        draft.Set("input.channels", JsonValue.Create("RGB"), "", Certainty.Likely);
        new ValueRange("", "", 1 / 255.0, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]).SetIn(draft, "", Certainty.Likely);

        var variants = Variants.Ranges(draft).OrderBy(variant => variant.Rank).Select(variant => variant.Text);

        Assert.Equal("-1 to 1, BGR", variants.First(text => text.EndsWith("BGR", StringComparison.Ordinal)));
    }
}
