using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;

namespace ServerlessMme.Core.Groups;

/// <summary>
/// An image and the answers that a group's members have given so far. Members may add their answers from several
/// threads, each its own.
/// </summary>
/// <param name="members">The number of members.</param>
internal sealed class GroupImage(EncodedImage image, int members)
{
    private readonly MemberAnswer?[] _answers = new MemberAnswer?[members];

    public EncodedImage Image { get; } = image;

    /// <summary>Why no member can answer, such as bytes that are not an image; null if members can.</summary>
    public Refusal? Refusal { get; set; }

    /// <summary>True when an earlier label's answers are among these.</summary>
    public bool HasKept { get; private set; }

    /// <summary>Every member's answer, in the group's order. Complete once every member has been asked.</summary>
    public IReadOnlyList<MemberAnswer> Answers => _answers!;

    /// <summary>True when the member must be asked.</summary>
    public bool Lacks(int member) => Refusal is null && _answers[member] is null;

    public void Answer(int member, MemberAnswer answer) => _answers[member] = answer;

    /// <summary>Takes an answer from the image's earlier label.</summary>
    public void Keep(int member, MemberAnswer answer)
    {
        _answers[member] = answer;
        HasKept = true;
    }
}
