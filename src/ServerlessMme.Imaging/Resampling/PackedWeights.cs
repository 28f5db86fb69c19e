namespace ServerlessMme.Imaging.Resampling;

/// <summary>
/// An axis's weights in the order in which vectors multiply them. They are in groups of four. Each weight is split into
/// a low part of 15 bits and a high part, because processors are fastest at multiplying and adding 16-bit numbers. A
/// group consists of four low and four high parts. Runs are padded with zeros to whole groups. A padded run that would
/// pass the end of the source begins earlier.
/// </summary>
internal sealed class PackedWeights
{
    /// <summary>Source positions per group.</summary>
    public const int Group = 4;

    /// <summary>Bits of a weight's low part.</summary>
    public const int LowBits = 15;

    /// <summary>16-bit numbers per group.</summary>
    public const int GroupLength = 2 * Group;

    private readonly int[] _first;
    private readonly int[] _groups;
    private readonly short[] _parts;
    private readonly int _stride;

    private PackedWeights(int targets, int groups)
    {
        _first = new int[targets];
        _groups = new int[targets];
        _stride = groups * GroupLength;
        _parts = new short[checked(targets * _stride)];
    }

    /// <summary>Returns the low part of a weight.</summary>
    public static short Low(int weight) => (short)(weight & ((1 << LowBits) - 1));

    /// <summary>Returns the high part of a weight.</summary>
    public static short High(int weight) => (short)(weight >> LowBits);

    /// <summary>Packs an axis's weights. Returns null if a run with its padding is longer than the source.</summary>
    public static PackedWeights? TryCreate(Axis axis)
    {
        var longest = 0;
        for (var i = 0; i < axis.TargetLength; i++)
        {
            longest = Math.Max(longest, Groups(axis.Weights(i).Length));
        }

        if (longest * Group > axis.SourceLength)
        {
            return null;
        }

        var packed = new PackedWeights(axis.TargetLength, longest);
        for (var i = 0; i < axis.TargetLength; i++)
        {
            packed.Pack(i, axis.First(i), axis.Weights(i), axis.SourceLength);
        }

        return packed;
    }

    /// <summary>Returns the first source position of a target position's run, including padding.</summary>
    public int First(int target) => _first[target];

    /// <summary>Returns the parts of a target position's weights, group by group.</summary>
    public ReadOnlySpan<short> Parts(int target) => _parts.AsSpan(target * _stride, _groups[target] * GroupLength);

    private void Pack(int target, int first, ReadOnlySpan<int> weights, int sourceLength)
    {
        _groups[target] = Groups(weights.Length);
        _first[target] = Math.Min(first, sourceLength - (_groups[target] * Group));
        var leading = first - _first[target];
        for (var i = 0; i < weights.Length; i++)
        {
            var (group, at) = Math.DivRem(leading + i, Group);
            var start = (target * _stride) + (group * GroupLength) + at;
            _parts[start] = Low(weights[i]);
            _parts[start + Group] = High(weights[i]);
        }
    }

    private static int Groups(int weights) => (weights + Group - 1) / Group;
}
