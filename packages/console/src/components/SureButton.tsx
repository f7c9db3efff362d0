import { Button } from '@mantine/core';
import { useState } from 'react';
import { Confirm } from './Confirm.tsx';

interface SureButtonProps {
  /** What it does, on the button and above the question. */
  readonly label: string;
  /** To whom or what, for those who do not see the row. */
  readonly of: string;
  /** What exactly goes. */
  readonly text: string;
  readonly loading?: boolean;
  readonly size?: 'compact-sm';
  readonly onSure: () => void;
}

/** Asks before something that cannot be taken back. */
export function SureButton({ label, of, text, loading = false, size, onSure }: SureButtonProps) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button
        variant="default"
        loading={loading}
        aria-label={`${label}: ${of}`}
        {...(size !== undefined && { size })}
        onClick={() => setAsking(true)}
      >
        {label}
      </Button>
      <Confirm
        opened={asking}
        title={label}
        text={text}
        onCancel={() => setAsking(false)}
        onConfirm={() => {
          setAsking(false);
          onSure();
        }}
      />
    </>
  );
}
