using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;

namespace ServerlessMme.Core.Groups;

/// <summary>
/// An image and the answers of the group's members so far. Members may add their answers from several threads, but each
/// member only its own.
/// </summary>
/// <param name="members">The number of members.</param>
internal sealed class GroupImage(EncodedImage image, int members)
{
    private readonly MemberAnswer?[] _answers = new MemberAnswer?[members];

    public EncodedImage Image { get; } = image;

    /// <summary>Why no member can answer, such as bytes that are not an image; null if members can.</summary>
    public Refusal? Refusal { get; set; }

    /// <summary>True if some of the answers come from an earlier label.</summary>
    public bool HasKept { get; private set; }

    /// <summary>
    /// Every member's answer, in the group's order. Complete once every member has answered or refused.
    /// </summary>
    public IReadOnlyList<MemberAnswer> Answers => _answers!;

    /// <summary>Returns true if the member's answer is missing.</summary>
    public bool Lacks(int member) => Refusal is null && _answers[member] is null;

    public void Answer(int member, MemberAnswer answer) => _answers[member] = answer;

    /// <summary>Takes an answer from the image's earlier label.</summary>
    public void Keep(int member, MemberAnswer answer)
    {
        _answers[member] = answer;
        HasKept = true;
    }
}
